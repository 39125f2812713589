"""What somebody's access left: graded by the audit log, or by the objects' own marks."""
