"""What debug templates can ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gitops_breakglass.core.go_template.foreign import Foreign
from gitops_breakglass.core.go_template.printing import Value
from gitops_breakglass.core.go_template.record import Record

_NAME = re.compile("[a-z]+-[a-z0-9-]*[a-z0-9]", re.ASCII)
"""Names of sessions, which are text in YAML wherever they stand: as they are made, not as a request has them."""
_LATER = "is not known when the request is reviewed, and what is reviewed is what is made"
_SESSION = {name: f".session.{name} {_LATER}" for name in ("approvedBy", "expiresAt")}
WITHHELD: Mapping[tuple[str, ...], str] = {
    ("now",): f".now {_LATER}",
    **{("session", name): why for name, why in _SESSION.items()},
}
"""What upstream's templates can ask for and ours can't, with the reason."""


def context_of(
    *,
    name: str,
    cluster: str,
    requested_by: str,
    reason: str,
    namespace: str,
    template: str,
    display_name: str = "",
    binding: tuple[str, str] | None = None,
    session_namespace: str = "",
    variables: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    auxiliary: Sequence[str] = (),
) -> Mapping[str, Value]:
    """Return the context that a session's templates are rendered with, under upstream's names.

    `name` is the session's on the cluster, `namespace` the one that its pods are in, `binding` a namespace and name.
    `variables` come from `values_of`. What the request says is foreign: the requester, the reason, where it is to be; labels
    and annotations too, which may hold any of it.
    """
    return Record(
        {
            "session": Record(
                {
                    "name": name if _NAME.fullmatch(name) else Foreign(name),
                    "namespace": Foreign(session_namespace),
                    "cluster": Foreign(cluster),
                    "requestedBy": Foreign(requested_by),
                    "reason": Foreign(reason),
                },
                _SESSION,
            ),
            "target": {"namespace": Foreign(namespace), "clusterName": Foreign(cluster)},
            "labels": _foreign(labels),
            "annotations": _foreign(annotations),
            "template": {"name": template, "displayName": display_name},
            "binding": {"namespace": binding[0], "name": binding[1]} if binding else {"namespace": "", "name": ""},
            "vars": dict(variables or {}),
            "enabledResources": list(auxiliary),
        },
        {"now": WITHHELD["now",]},
    )


def _foreign(texts: Mapping[str, str] | None) -> dict[str, Value]:
    return {key: Foreign(text) for key, text in (texts or {}).items()}
