"""What no grant ever holds, whatever its source says, because it would outlive the grant or undo what ends it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from gitops_breakglass.core.rbac.cells import Cell, cells_of, from_cells, urls_of
from gitops_breakglass.core.rbac.expand import expand
from gitops_breakglass.model.enforcement import MARKER_GROUP
from gitops_breakglass.model.kube import CLOUDNIMBUS_GROUP, OUR_GROUP, RBAC_GROUP, TELEKOM_GROUP
from gitops_breakglass.model.rules import ALL, ApiResource, Discovery, Rules

READS = ("get", "list", "watch")
_CERTIFICATES = "certificates.k8s.io"
_REQUESTS = "certificatesigningrequests"


@dataclass(frozen=True)
class Never:
    """Rights that are never granted: where group, resource and verb all match and the verb is not one of `spares`.

    `*` matches any word, `impersonate*` and `apiservices/*` whatever begins so. A lone `*` as resource takes subresources in.
    """

    id: str
    why: str
    groups: tuple[str, ...] = (ALL,)
    resources: tuple[str, ...] = (ALL,)
    verbs: tuple[str, ...] = (ALL,)
    spares: tuple[str, ...] = ()

    def takes(self, verb: str, *, group: str, resource: str) -> bool:
        """Whether this right is one of them; none of the words may be a wildcard."""
        return (
            verb not in self.spares
            and _any(self.verbs, verb)
            and _any(self.groups, group)
            and _any(self.resources, resource)
        )


NEVER = (
    Never("escalate", "its holder can give a role rights that nobody gave them", verbs=("escalate",)),
    Never("bind", "its holder can bind anybody to a role whose rights they do not have", verbs=("bind",)),
    Never("impersonate", "its holder acts with the rights of others, and in their name", verbs=("impersonate*",)),
    Never(
        "service-account-token",
        "a token goes on working after the grant has ended",
        resources=("serviceaccounts/token", "tokenrequests"),
    ),
    Never(
        "certificate-approval",
        "a client certificate that its holder approves for themselves can't be revoked",
        groups=(_CERTIFICATES,),
        # The last three are no API: whoever may "create" them has requests approved without being asked.
        resources=(
            f"{_REQUESTS}/approval",
            f"{_REQUESTS}/status",
            "podcertificaterequests/status",
            f"{_REQUESTS}/nodeclient",
            f"{_REQUESTS}/selfnodeclient",
            f"{_REQUESTS}/selfnodeserver",
        ),
        spares=READS,
    ),
    Never(
        "certificate-signing",
        "a client certificate that its holder has signed can't be revoked",
        groups=(_CERTIFICATES,),
        resources=("signers",),
        verbs=("approve", "sign", "attest"),
    ),
    Never("rbac", "a binding of its holder's own making stays when the grant ends", groups=(RBAC_GROUP,), spares=READS),
    Never(
        "admission",
        "its holder can take away the guard that bounds grants, or read every request by a webhook",
        groups=("admissionregistration.k8s.io",),
        spares=READS,
    ),
    Never("records", "our records prove grants; no grant looks at them or changes them", groups=(OUR_GROUP,)),
    Never(
        "requests",
        "these objects show what is granted; only the reconciler writes them",
        groups=(TELEKOM_GROUP, CLOUDNIMBUS_GROUP),
        spares=READS,
    ),
    Never(
        "custom-resource-definitions",
        "deleting a definition deletes every record that is written in it",
        groups=("apiextensions.k8s.io",),
        resources=("customresourcedefinitions", "customresourcedefinitions/*"),
        spares=READS,
    ),
    Never(
        "api-services",
        "its holder can put a server of their own in the place of an API",
        groups=("apiregistration.k8s.io",),
        resources=("apiservices", "apiservices/*"),
        spares=READS,
    ),
    Never(
        "pod-rule-markers",
        "they say which pod rules a grant is held to, and whoever has them all is held to none",
        groups=(MARKER_GROUP,),
    ),
)

# What a wildcard takes in although no discovery lists it. All of it is never granted: it is here to be told.
UNLISTED = (
    ApiResource("", "groups", ("impersonate",), namespaced=False),
    ApiResource("", "serviceaccounts", ("impersonate",), namespaced=True),
    ApiResource("", "users", ("impersonate",), namespaced=False),
    ApiResource(RBAC_GROUP, "clusterroles", ("bind", "escalate"), namespaced=False),
    ApiResource(RBAC_GROUP, "roles", ("bind", "escalate"), namespaced=True),
    ApiResource(_CERTIFICATES, "signers", ("approve", "attest", "sign"), namespaced=False),
)


@dataclass(frozen=True)
class Removed:
    """Rights that were taken out for one reason; `id` is that of the entry in NEVER."""

    id: str
    rule_text: str
    why: str


@dataclass(frozen=True)
class Subtracted:
    """What is left of rules, without any wildcard but in the end of URLs, and what was taken out of them."""

    rules: Rules
    removed: tuple[Removed, ...] = ()


def never_granted(verb: str, *, group: str, resource: str) -> Never | None:
    """Return the first entry of NEVER that forbids this right, or None; none of the words may be a wildcard."""
    return next((each for each in NEVER if each.takes(verb, group=group, resource=resource)), None)


def subtract_never(rules: Rules, discovery: Discovery) -> Subtracted:
    """Expand the wildcards by what is served and take out what is never granted, telling each kind of it once."""
    expanded = expand(rules, Discovery((*discovery.resources, *UNLISTED)))
    kept: defaultdict[Cell, set[str]] = defaultdict(set)
    removed: defaultdict[Never, set[tuple[str, str, str]]] = defaultdict(set)
    for (group, resource, name), verbs in cells_of(expanded).items():
        for verb in verbs:
            if never := never_granted(verb, group=group, resource=resource):
                removed[never].add((group, resource, verb))
            else:
                kept[group, resource, name].add(verb)
    return Subtracted(
        from_cells({cell: frozenset(verbs) for cell, verbs in kept.items()}, urls_of(expanded)),
        tuple(Removed(each.id, _text(each, removed[each]), each.why) for each in NEVER if each in removed),
    )


def _text(never: Never, rights: set[tuple[str, str, str]]) -> str:
    """Return the rights as one phrase, group by group."""
    told = []
    for group in sorted({group for group, _, _ in rights}):
        verbs = sorted({verb for its, _, verb in rights if its == group})
        resources = sorted({resource for its, resource, _ in rights if its == group})
        doing = "change" if never.spares else ", ".join(verbs)
        told.append(f"{doing} {', '.join(resources)}{f' ({group})' if group else ''}")
    return " and ".join(told)


def _any(patterns: tuple[str, ...], word: str) -> bool:
    return any(each == word or (each.endswith(ALL) and word.startswith(each[:-1])) for each in patterns)
