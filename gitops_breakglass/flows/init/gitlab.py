"""The files that a new access repository has at GitLab, beside those that every one has."""

from __future__ import annotations

import textwrap
from urllib.parse import urlencode

from gitops_breakglass.flows.init.forge import ASKED, HEADER, NewForge


def gitlab_files(forge: NewForge, *, name: str, cluster: str, owners: list[str]) -> dict[str, str]:
    """Return the texts by path; `owners` are the usernames of those who approve changes of the rules."""
    project, _, commit = forge.tool.partition("@")
    included = "".join(
        _COMPONENT.format(project=project, name=each, commit=commit, image=forge.image)
        for each in ("check", "gate", "reconcile", "close-timed-out")
    )
    link = f"{forge.url}/-/new/main?{urlencode({'file_name': f'requests/{cluster}/inc-4711.yaml'})}"
    return {
        ".gitlab-ci.yml": HEADER + _PIPELINE + included,
        ".gitlab/CODEOWNERS": _CODEOWNERS.replace("OWNERS", " ".join(f"@{each}" for each in owners)),
        "README.md": _README.format(name=name, cluster=cluster, link=link, asked=textwrap.indent(ASKED, "    ")),
    }


_PIPELINE = """\
stages: [test, deploy]

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

include:
"""

_COMPONENT = """\
  - component: $CI_SERVER_FQDN/{project}/{name}@{commit}
    inputs:
      image: {image}
"""

_CODEOWNERS = """\
# Whose review changes of the rules need (Premium and above). Requests have no owners: the rules say who approves them.
/breakglass.yaml OWNERS
/identities.yaml OWNERS
/clusters/ OWNERS
/policies/ OWNERS
/.gitlab-ci.yml OWNERS
/.gitlab/ OWNERS
"""

_README = """\
# {name}

Who may get break-glass access to Kubernetes, on which terms, and every request for it.

## Ask

[Open a new file]({link}) in the browser and paste this into it:

{asked}
Change `inc-4711` to a name that was never used, in the file and in its name, write your own reason, take a branch of your own as the
target, and open the merge request. The access is for whoever opens it, so do it yourself. From a clone:

```
gitops-breakglass request {cluster} inc-1 --escalation pod-shell --duration 1h --reason "INC-1: what happened" --open
```

- One request in one merge request, and nothing else in it.
- Once it is merged it is never edited. To ask for more, ask again under another name.

## What the gate says

The job `breakglass-gate` of the merge request tells, and shows as *break-glass gate*: what the request would let you do and from when
to when, who has approved, who still may, and what is missing. It passes when only the merge is missing.

## Approve

Press *Approve*, after a comment of yours that says why, where the rules ask for a reason: its first line is `breakglass-reason: …`.
What counts is an approval of exactly the bytes that are merged: after another push, approve again. Nobody approves their own request.

## End it

Access ends by itself. To end it early, delete the file of the request in a merge request and merge it; nobody has to approve that.

## Change the rules

`breakglass.yaml`, `identities.yaml`, `clusters/` and `policies/` are the rules. A change of them takes effect once somebody of
`policyApprovers` has approved it, and is a merge request of its own. So does whatever else is not under `requests/`: this page, and
what CI runs. `gitops-breakglass check` tells what is wrong with it.
"""
