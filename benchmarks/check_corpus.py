"""An access repository with many requests, one in twenty of them broken, in one of five ways."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "access-repo"
CLUSTER = "prod-eu-1"
EVERY = 20
"""One request in so many is broken."""

_REQUEST = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata:
  name: {name}
  labels:
    team: team-{team}
spec:
  justification: "INC-{number}: pods of the shop do not become ready"
  ticketID: INC-{number}
  approval:
    required: true
    approvers:
      - {approver}
  policy:
    - namespace: shop-{shop}
      rules:
        - apiGroups: ["apps"]
          resources: ["deployments"]
          verbs: ["get", "list", "watch", "patch"]
        - apiGroups: [""]
          resources: ["pods"]
          verbs: ["get", "list", "watch"]
  schedule:
    duration: {hours}h
    start: "2026-11-22T09:00:00Z"
"""

FAULTS: dict[str, Callable[[str], str]] = {
    "a field that is not known": lambda text: text.replace("ticketID:", "ticketId:"),
    "a key given twice": lambda text: text.replace("  policy:", "  ticketID: INC-0\n  policy:"),
    "a verb that is not offered": lambda text: text.replace('"patch"', '"*"'),
    "longer than is offered": lambda text: text.replace("  schedule:\n    duration: ", "  schedule:\n    duration: 1"),
    "an approver that nobody is": lambda text: text.replace("@example.com", "@example.org"),
}
"""How a request is broken. A schema alone, read strictly, shows the first two."""


def write(place: Path, many: int) -> Path:
    """Write the example's policy side and `many` requests, and return the folder of the requests."""
    for name in ("breakglass.yaml", "identities.yaml"):
        shutil.copy(EXAMPLE / name, place / name)
    for name in ("clusters", "policies"):
        shutil.copytree(EXAMPLE / name, place / name)
    folder = place / "requests" / CLUSTER
    folder.mkdir(parents=True)
    for number in range(many):
        (folder / f"inc-{number:05d}.yaml").write_text(request(number))
    return folder


def request(number: int) -> str:
    """Return one request; which are broken, and how, follows from the number."""
    text = _REQUEST.format(
        name=f"inc-{number:05d}",
        number=number,
        team=number % 37,
        shop=number % 7,
        hours=1 + number % 8,
        approver=("chloe@example.com", "dana@example.com")[number % 2],
    )
    if number % EVERY:
        return text
    faults = list(FAULTS.values())
    return faults[number // EVERY % len(faults)](text)
