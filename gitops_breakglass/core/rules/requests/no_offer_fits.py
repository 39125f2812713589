"""A Breakglass fits one offer of the repository entirely."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.offers import asks_too_much
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "no-offer-fits"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest):
        return
    offers = policy.configuration.offers
    if not offers:
        yield Finding(
            _ID,
            "this repository offers nothing to a Breakglass",
            request.document.at("spec"),
            hint="use a BreakglassSession, or have an offer added to breakglass.yaml",
        )
        return
    exceeding = sorted(
        ((asks_too_much(request, offer), offer.name) for offer in offers), key=lambda each: (len(each[0]), each[1])
    )
    excess, name = exceeding[0]
    if excess:
        yield Finding(
            _ID,
            f"no offer covers it; {name} comes closest, but {'; '.join(words for words, _ in excess)}",
            request.document.at(*excess[0][1]),
            hint="take that out, or have the offer in breakglass.yaml widened by its approvers",
        )


RULE = Rule(
    _ID,
    "a Breakglass fits one offer entirely",
    "A Breakglass names its own roles, rules and approvers. `offers` in breakglass.yaml say how far that may go; parts of two "
    "offers are not added up, since each was agreed to for itself.",
    on_request=_on_request,
)
