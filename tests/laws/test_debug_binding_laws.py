"""A binding never widens what its template offers."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.model.debug_offer import DebugOffer
from tests.unit.authorize.debugging import BINDING, TEMPLATE, asked, side

DURATIONS = st.sampled_from(["5m", "30m", "1h", "2h", "8h"])
GLOBS = st.lists(st.sampled_from(["shop", "shop-*", "web", "kube-*", "*"]), min_size=1, max_size=3, unique=True)
GROUPS = st.lists(st.sampled_from(["developers", "leads", "others"]), min_size=1, max_size=2, unique=True)
OPERATIONS = st.dictionaries(st.sampled_from(["exec", "attach", "portForward", "logs"]), st.booleans())
NAMESPACES = st.fixed_dictionaries(
    {},
    optional={
        "allowUserNamespace": st.booleans(),
        "allowedNamespaces": st.fixed_dictionaries({"patterns": GLOBS}),
        "deniedNamespaces": st.fixed_dictionaries({"patterns": GLOBS}),
        "createIfNotExists": st.booleans(),
    },
)
REASON = st.fixed_dictionaries(
    {}, optional={"mandatory": st.booleans(), "minLength": st.integers(0, 20), "maxLength": st.integers(20, 99)}
)
TERMS = st.fixed_dictionaries(
    {},
    optional={
        "constraints": st.fixed_dictionaries({}, optional={"maxDuration": DURATIONS, "defaultDuration": DURATIONS}),
        "allowedPodOperations": OPERATIONS,
        "namespaceConstraints": NAMESPACES,
        "requestReason": REASON,
        "approvalReason": st.fixed_dictionaries({}, optional={"mandatory": st.booleans()}),
        "allowed": st.fixed_dictionaries({"groups": GROUPS}),
        "approvers": st.fixed_dictionaries(
            {"groups": GROUPS},
            optional={"autoApproveFor": st.fixed_dictionaries({}, optional={"groups": GROUPS, "clusters": GLOBS})},
        ),
        "maxActiveSessionsPerUser": st.integers(1, 5),
    },
)


def offered(template, *bindings):
    """What is offered by a template with these terms; None where nothing is."""
    written = yaml.safe_load(TEMPLATE)
    terms = {name: value for name, value in template.items() if name != "maxActiveSessionsPerUser"}
    written["spec"] = {**written["spec"], **terms}
    written["spec"]["allowed"] = {"clusters": ["prod"], **terms.get("allowed", {"groups": ["developers"]})}
    bound = []
    for binding in bindings:
        document = yaml.safe_load(BINDING)
        bound.append(yaml.safe_dump({**document, "spec": {**document["spec"], **binding}}))
    offer = offer_of(asked(), side(*bound, template=yaml.safe_dump(written)))
    return offer if isinstance(offer, DebugOffer) else None


@settings(max_examples=40)
@given(template=TERMS, binding=TERMS)
def test_whatever_a_binding_says_the_stricter_of_both_holds(template, binding):
    alone, bound = offered(template), offered(template, binding)
    assert alone is not None
    if bound is None:
        return
    assert bound.max_duration <= alone.max_duration
    assert bound.default_duration <= alone.default_duration
    assert bound.operations == bound.operations.both(alone.operations)
    assert set(alone.allowed) <= set(bound.allowed)
    # Without any, somebody has to approve.
    assert not bound.auto_approval or (alone.auto_approval and set(alone.auto_approval) <= set(bound.auto_approval))
    assert set(alone.namespaces.allowed) <= set(bound.namespaces.allowed)
    assert set(alone.namespaces.denied) <= set(bound.namespaces.denied)
    assert bound.namespaces.may_choose <= alone.namespaces.may_choose
    assert bound.namespaces.create <= alone.namespaces.create
    for mine, theirs in ((bound.request_reason, alone.request_reason), (bound.approval_reason, alone.approval_reason)):
        assert mine.mandatory >= theirs.mandatory
        assert mine.min_length >= theirs.min_length
        assert (mine.max_length or 10**9) <= (theirs.max_length or 10**9)


@settings(max_examples=40)
@given(template=TERMS, binding=TERMS)
def test_a_binding_that_names_approvers_never_leaves_nobody_asked(template, binding):
    bound = offered({**template, "approvers": {"groups": ["leads"]}}, binding)
    if bound is not None:
        assert not bound.approvers.is_empty
