"""The texts of a new access repository's files, as their first reader needs them."""

from __future__ import annotations

README = """\
# {name}

Who may get break-glass access to Kubernetes, on which terms, and every request for it.

- `breakglass.yaml`, `identities.yaml`, `clusters/`, `policies/` are the rules. A change of them takes effect once somebody
  of `policyApprovers` has approved it.
- `requests/<cluster>/<name>.yaml` are the requests: one new file in each pull request, never edited. Deleting the file
  ends the access.

```
gitops-breakglass check
gitops-breakglass request {cluster} inc-1 --escalation pod-shell --duration 1h --reason "INC-1: what happened"
gitops-breakglass gate --change breakglass/{cluster}/inc-1
```
"""

IGNORED = """\
# What `manifests` clusters write.
/out/
"""

CONFIGURATION = """\
# What this repository is, who may change its rules, and where it has effect.
# What else may stand here: `notifications` (who is told), `auditLog` of a cluster (what access is used for), `brakes`, `offers`.
apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Configuration
forge:
{forge}policyApprovers:
  groups: [leads]
reconcilers:
  # The private half stays with whoever reconciles, and out of this repository.
  - name: reconciler
    publicKey: {key}
{defaults}clusters:
  {cluster}:
    {target}
"""

LOCAL = """\
  # Plain git: signed commits ask, signed tags approve.
  provider: local
  # A word that is never changed: decisions are signed for this repository.
  repository: {name}
"""

FORGE = """\
  # {changes} requests ask, and who has approved them is asked there.
  provider: {provider}
  # The repository's number there, which it keeps when it is renamed: decisions are signed for it.
  repository: "{repository}"
"""

BY_KEYS = "A signature counts for whoever has its key here"
BY_ACCOUNTS = "An account counts by its number, which nobody else ever gets"

IDENTITIES = """\
# Who there is. {who}; the first e-mail is the username on the clusters.
apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Identities
people:
{people}groups:
  - name: developers
    members: {developers}
  - name: leads
    members: {leads}
"""

CLUSTER = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: ClusterConfig
metadata:
  name: {cluster}
"""

POLICY = """\
# A shell in a pod, to find out why it does not answer. Somebody else has to agree.
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassEscalation
metadata:
  name: pod-shell
spec:
  escalatedGroup: pod-shell
  allowed:
    clusters: [{cluster}]
    groups: [developers]
  approvers:
    groups: [leads]
  maxValidFor: 2h
  approvalTimeout: 1h
  requestReason:
    mandatory: true
---
# What it gives: the rights of the ClusterRole that is called as the escalated group, as long as no binding says otherwise.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: pod-shell
  annotations:
    # Said for whoever reviews it: a command in a pod can do what the pod can.
    gitops-breakglass.dev/leads-to: exec
rules:
  - apiGroups: [""]
    resources: [pods, pods/log]
    verbs: [get, list]
  - apiGroups: [""]
    resources: [pods/exec]
    verbs: [create, get]
"""
