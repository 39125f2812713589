"""The GitLab forge: merge requests, approvals and the log of system notes, told as facts."""
