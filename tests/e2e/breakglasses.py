"""Offers with and without approval, and Breakglass files that ask for them in every way."""

OFFERS = """\
offers:
  - name: daily
    clusters: [prod]
    allowed: {groups: [developers]}
    approvers: {groups: [team-leads], users: [dana@example.com]}
    clusterRoles: [pod-exec-access]
    maxDuration: 8h
    recurring: true
  - name: free
    clusters: [prod]
    allowed: {groups: [developers]}
    approvers: {groups: [team-leads]}
    clusterRoles: [pod-exec-access]
    maxDuration: 1h
    approvalOptional: true
"""
WEEKDAYS = '{cron: "0 9 * * 1-5", duration: 8h, location: Europe/Berlin, maxActivations: 10}'
ONCE = "{duration: 1h}"
UNASKED = "{required: false}"


def breakglass(name="inc-1", *, schedule=ONCE, approval=None, more=""):
    """A request's file; `more` are further lines of its spec."""
    approved = f"  approval: {approval}\n" if approval else ""
    return (
        "apiVersion: access.cloudnimbus.io/v1alpha1\n"
        "kind: Breakglass\n"
        f"metadata: {{name: {name}}}\n"
        "spec:\n"
        f"{approved}"
        f"  schedule: {schedule}\n"
        "  clusterRoles: [pod-exec-access]\n"
        f"{more}"
    )
