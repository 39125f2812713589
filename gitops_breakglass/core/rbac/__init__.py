"""The algebra of RBAC rules, and what no grant ever holds."""
