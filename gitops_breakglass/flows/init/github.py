"""The files that a new access repository has at GitHub, beside those that every one has."""

from __future__ import annotations

from urllib.parse import urlencode

from gitops_breakglass.flows.init.forge import ASKED, HEADER, NewForge


def github_files(forge: NewForge, *, name: str, cluster: str, owners: list[str]) -> dict[str, str]:
    """Return the texts by path; `owners` are the logins of those who approve changes of the rules."""
    workflows = {"gate": _GATE, "comment": _COMMENT, "reconcile": _RECONCILE, "close-timed-out": _CLOSE}
    repository, _, commit = forge.tool.partition("@")
    texts = {
        f".github/workflows/{each}.yml": HEADER
        + text.replace("TOOL/", f"{repository}/.github/workflows/").replace("@COMMIT", f"@{commit}")
        for each, text in workflows.items()
    }
    link = ask_link(forge.url, cluster)
    return texts | {
        ".github/CODEOWNERS": _CODEOWNERS.replace("OWNERS", " ".join(f"@{each}" for each in owners)),
        ".github/ISSUE_TEMPLATE/config.yml": _CHOOSER.replace("LINK", link),
        "README.md": _README.format(name=name, cluster=cluster, link=link),
    }


def ask_link(url: str, cluster: str) -> str:
    """Return the address at which GitHub shows a new request, filled in, for its reader to change and commit."""
    filled = {"filename": f"requests/{cluster}/inc-4711.yaml", "value": ASKED}
    return f"{url}/new/main?{urlencode(filled)}"


_GATE = """\
# May this pull request be merged? Require the check `gate / gate`. It runs on hostile changes: with a token that can only read,
# without secrets, and with the tool and the policy of the default branch.
name: gate
on:
  pull_request:
    types: [opened, reopened, synchronize, edited]
  pull_request_review:
    types: [submitted, edited, dismissed]
  merge_group:

permissions: {}

concurrency:
  group: gate-${{ github.event.pull_request.number || github.ref }}
  cancel-in-progress: true

jobs:
  gate:
    name: gate
    permissions:
      contents: read # the history, and the head of the change
      pull-requests: read # who asked, and who approved
    uses: TOOL/check.yml@COMMIT
"""

_COMMENT = """\
# The second stage of the gate: asks again with a token that may read teams, and writes the one comment.
name: comment
on:
  # A fork's run may not comment. This one runs the default branch's own copy, checks out nothing of the change, and believes
  # of the first run's answer only a number that the forge confirms.
  workflow_run: # zizmor: ignore[dangerous-triggers]
    workflows: [gate]
    types: [completed]

permissions: {}

concurrency:
  group: comment-${{ github.event.workflow_run.head_sha }}
  cancel-in-progress: false

jobs:
  comment:
    name: comment
    permissions:
      actions: read # the first stage's answer
      contents: read # the history, and the head of the change
      pull-requests: write # the comment
    uses: TOOL/comment.yml@COMMIT
    with:
      client-id: "" # of the App, if there is one
    secrets:
      BREAKGLASS_APP_KEY: ${{ secrets.BREAKGLASS_APP_KEY }}
      BREAKGLASS_TOKEN: ${{ secrets.BREAKGLASS_TOKEN }}
"""

_RECONCILE = """\
# Ends what is over, decides what was merged, and applies it. The secrets are those of the environment `breakglass`, to which
# only the default branch may deploy.
name: reconcile
on:
  push:
    branches: [main]
  schedule:
    - cron: "7,22,37,52 * * * *" # off the hour, when fewer runs are dropped
  workflow_dispatch:

permissions: {}

concurrency:
  group: breakglass-reconcile
  cancel-in-progress: false

jobs:
  reconcile:
    name: reconcile
    permissions:
      contents: read # the history
      pull-requests: read # who asked, and who approved
      id-token: write # to be known to the clusters without a secret
    uses: TOOL/reconcile.yml@COMMIT
    with:
      environment: breakglass
      # Written here, where the owners of the CI review it: a variable of the repository can be set by all who may push a branch,
      # and a kubeconfig says where the identity token is sent, and which program is run beside the key.
      kubeconfig: ""
      audience: ""
      client-id: "" # of the App, if there is one
      every: 1h # later than that the sweeper says that it is missing
    secrets:
      BREAKGLASS_APP_KEY: ${{ secrets.BREAKGLASS_APP_KEY }}
      RECONCILER_KEY: ${{ secrets.RECONCILER_KEY }}
      BREAKGLASS_TOKEN: ${{ secrets.BREAKGLASS_TOKEN }}
      BREAKGLASS_KUBECONFIG: ${{ secrets.BREAKGLASS_KUBECONFIG }}
      # For notices by webhook and mail, where breakglass.yaml has such.
      BREAKGLASS_WEBHOOK_SECRET: ${{ secrets.BREAKGLASS_WEBHOOK_SECRET }}
      BREAKGLASS_SMTP_USERNAME: ${{ secrets.BREAKGLASS_SMTP_USERNAME }}
      BREAKGLASS_SMTP_PASSWORD: ${{ secrets.BREAKGLASS_SMTP_PASSWORD }}
"""

_CLOSE = """\
# Closes pull requests whose time to be approved is over. Leave it out if you would rather close them yourselves.
name: close timed-out
on:
  schedule:
    - cron: "13,43 * * * *"
  workflow_dispatch:

permissions: {}

concurrency:
  group: close-timed-out
  cancel-in-progress: false

jobs:
  close-timed-out:
    name: close timed-out
    permissions:
      contents: read # the policy, which says how long there is
      pull-requests: write # closing, and the comment that says why
    uses: TOOL/close-timed-out.yml@COMMIT
    with:
      client-id: "" # of the App, if there is one
    secrets:
      BREAKGLASS_APP_KEY: ${{ secrets.BREAKGLASS_APP_KEY }}
      BREAKGLASS_TOKEN: ${{ secrets.BREAKGLASS_TOKEN }}
"""

_CODEOWNERS = """\
# Whose review changes of the rules need. Requests have no owners: the rules say who approves them.
/breakglass.yaml OWNERS
/identities.yaml OWNERS
/clusters/ OWNERS
/policies/ OWNERS
/.github/ OWNERS
"""

_CHOOSER = """\
# An issue is not a request. Whoever begins one is shown the way to a pull request of their own.
blank_issues_enabled: true
contact_links:
  - name: Ask for access
    url: LINK
    about: Opens a request that is filled in. Change the name and the reason, and propose it as a pull request of yours.
"""

_README = """\
# {name}

Who may get break-glass access to Kubernetes, on which terms, and every request for it.

## Ask

[Open a request that is filled in]({link}), in the browser. Change `inc-4711` to a name that was never used, in the file and
in its name, write your own reason, and choose *Create a new branch for this commit and start a pull request*. The access is for
whoever opens the pull request, so do it yourself. From a clone:

```
gitops-breakglass request {cluster} inc-1 --escalation pod-shell --duration 1h --reason "INC-1: what happened" --open
```

- One request in one pull request, and nothing else in it.
- Once it is merged it is never edited. To ask for more, ask again under another name.

## What the comment says

A bot comments on the pull request, and keeps this one comment up to date: what the request would let you do and from when
to when, who has approved, who still may, and what is missing. The check `gate / gate` passes when only the merge is missing.

## Approve

Review the pull request and choose *Approve*, with your reason as the text of the review where the rules ask for one. What
counts is an approval of exactly the bytes that are merged: after another push, approve again. Nobody approves their own request.

## End it

Access ends by itself. To end it early, delete the file of the request in a pull request and merge it; nobody has to approve that.

## Change the rules

`breakglass.yaml`, `identities.yaml`, `clusters/` and `policies/` are the rules. A change of them takes effect once somebody of
`policyApprovers` has approved it, and is a pull request of its own. So does whatever else is not under `requests/`: this page, and
what CI runs. `gitops-breakglass check` tells what is wrong with it.
"""
