"""Grants, policies and clusters as the laws about compiling draw them, over a universe in which every call can be made."""

from hypothesis import strategies as st

from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.core.rbac.algebra import canonical, rule
from gitops_breakglass.model.deny import (
    ANYWHERE,
    Action,
    Circumstances,
    Container,
    DenyPolicy,
    DenyRule,
    DenyScope,
    LabelExpression,
    NamespaceFilter,
    Operator,
    Pod,
    PodOverride,
    PodRules,
    RiskFactors,
    SelectorTerm,
    Threshold,
)
from gitops_breakglass.model.enforcement import InstalledGuard
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ApiResource, Discovery
from tests.laws.deny_oracle import Call, World

HERE = Location("policies/deny/drawn.yaml", 5, 3)
UNDER = Circumstances("prod", "acme", "inc-1", "restart")
PLACES = ["shop", "prod-1", "prod-2"]
NAMES = ["a", "db-1", "web-0"]
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use"]
KINDS = {
    ("", "secrets"): True,
    ("", "pods"): True,
    ("", "pods/exec"): True,
    ("", "pods/attach"): True,
    ("", "pods/log"): True,
    ("", "pods/proxy"): True,
    ("", "pods/eviction"): True,
    ("", "namespaces"): False,
    ("", "nodes"): False,
    ("apps", "deployments/scale"): True,
    ("vm.example", "machines"): True,
    ("vm.example", "machines/portforward"): True,
}
"""Whether each resource has namespaces; the last group is served by another server."""
BLIND = frozenset({"vm.example"})
CONNECTED = {"pods/exec", "pods/attach", "pods/proxy"}


def some(words, low=1, high=3):
    return st.sets(st.sampled_from(words), min_size=low, max_size=high).map(sorted).map(tuple)


groups = sorted({group for group, _ in KINDS})
mains = sorted({resource.partition("/")[0] for _, resource in KINDS})
subs = sorted({resource.partition("/")[2] for _, resource in KINDS})

labels = st.dictionaries(st.sampled_from(["tier", "team"]), st.sampled_from(["gold", "tin"]), max_size=2)
expressions = st.builds(
    LabelExpression, st.sampled_from(["tier", "team"]), st.sampled_from(list(Operator)), some(["gold", "tin"], 0)
)
terms = st.builds(
    SelectorTerm,
    labels.map(lambda some: tuple(sorted(some.items()))),
    st.lists(expressions, max_size=1).map(tuple),
)
patterns = some(["prod-*", "shop", "*", "?*", "[!", "", "nowhere"], 0, 2)
filters = st.one_of(
    st.just(ANYWHERE),
    st.builds(NamespaceFilter, patterns, st.lists(terms, max_size=1).map(tuple)),
)
verbs_of_rules = st.one_of(st.just(("*",)), some([*VERBS, "delete", "get"], 1, 4))
deny_rules = st.builds(
    DenyRule,
    verbs_of_rules,
    st.one_of(st.just(("*",)), some(groups)),
    st.one_of(st.just(("*",)), some([*mains, "pods/exec"])),
    st.just(HERE),
    subresources=st.one_of(st.just(()), some([*subs, "*"], 0)),
    resource_names=st.one_of(st.just(()), some(["db-*", "a", "?", "*", "**", "web-[0-9]", "[", "prod-1"], 0, 2)),
    namespaces=filters,
    cluster_wide=st.sampled_from([False, False, False, True]),
)
risks = st.builds(
    RiskFactors,
    host_network=st.sampled_from([0, 20]),
    privileged_container=st.sampled_from([0, 50]),
    capabilities=st.sampled_from([(), (("NET_ADMIN", 30),)]),
)
thresholds = st.lists(
    st.builds(Threshold, st.sampled_from([0, 19, 49, 100]), st.sampled_from(list(Action))), max_size=2
).map(tuple)
pod_rules = st.builds(
    PodRules,
    st.just(HERE),
    risk=risks,
    thresholds=thresholds,
    block_factors=some(["hostNetwork", "privilegedContainer"], 0, 1),
    subresources=st.sampled_from([("exec", "attach", "portforward"), ("exec",), ("log", "attach"), ("",), ("*",)]),
    exempt_namespaces=some(["shop", "prod-*"], 0, 1),
    exempt_labels=st.sampled_from([(), (), (("safe", "yes"),)]),
    fails_open=st.booleans(),
)
scopes_of_policies = st.sampled_from(
    [
        DenyScope(),
        DenyScope(),
        DenyScope(clusters=("prod",)),
        DenyScope(clusters=("other",)),
        DenyScope(tenants=("*",)),
        DenyScope(sessions=("inc-2",)),
        DenyScope(escalations=("restart", "other")),
    ]
)
policies = st.builds(
    DenyPolicy,
    st.sampled_from(["keys", "pods", "prod"]),
    st.just(HERE),
    scope=scopes_of_policies,
    rules=st.lists(deny_rules, max_size=2).map(tuple),
    pods=st.one_of(st.none(), pod_rules),
)
some_policies = st.lists(policies, min_size=1, max_size=3).map(tuple)
overrides = st.one_of(
    st.none(),
    st.builds(
        PodOverride,
        max_allowed_score=st.sampled_from([None, 20, 100]),
        exempt_factors=some(["hostNetwork"], 0, 1),
        namespaces=some(["shop", "prod-*"], 0, 1),
    ),
)


@st.composite
def grants(draw):
    def rules(_):
        kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4))
        names = draw(st.sampled_from([(), (), (), ("a",), ("db-1", "web-0")]))
        verbs = draw(some(VERBS, 1, 6))
        return tuple(rule(verbs, [resource], groups=[group], names=names) for group, resource in kinds)

    places = draw(st.sets(st.sampled_from(["", "", *PLACES]), min_size=1, max_size=2))
    return tuple(
        ScopedRules(place, canonical(tuple(each for part in range(2) for each in rules(part))), "ClusterRole drawn")
        for place in sorted(places)
    )


@st.composite
def pods(draw, namespace):
    containers = st.builds(
        Container,
        st.just("app"),
        privileged=st.booleans(),
        capabilities=st.sampled_from([(), ("NET_ADMIN",)]),
    )
    return Pod(
        namespace,
        draw(st.sampled_from(["web-0", "db-1"])),
        labels=draw(st.sampled_from([{}, {"safe": "yes"}])),
        host_network=draw(st.booleans()),
        containers=tuple(draw(st.lists(containers, max_size=2))),
    )


@st.composite
def contents(draw):
    """Draw what changes on a cluster from one moment to the next: labels, pods and other objects."""
    namespaces = {place: draw(labels) for place in PLACES}
    found = {}
    for place in PLACES:
        for each in draw(st.lists(pods(place), max_size=2)):
            found[place, each.name] = each
    kept = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(NAMES)), max_size=6))
    objects = {
        (group, resource, place, name)
        for group, resource in [("", "secrets"), ("apps", "deployments"), ("vm.example", "machines")]
        for place, name in kept
    }
    objects |= {("", "nodes", "", name) for name in NAMES}
    return namespaces, tuple(found.values()), frozenset(objects)


@st.composite
def guards(draw, denies, override, *, complete=False):
    """Draw what is installed; a complete guard holds every rule set and leaves no namespace out."""
    sets = {digest_of(each.name, each.pods, override): (each.name, each.pods, override) for each in denies if each.pods}
    digests = frozenset(sets) if complete or not sets else frozenset(draw(st.sets(st.sampled_from(sorted(sets)))))
    uncovered = frozenset() if complete else frozenset(draw(st.sets(st.sampled_from(PLACES), max_size=1)))
    rules = True if complete else draw(st.sampled_from([True, True, False]))
    return InstalledGuard(rules, digests, uncovered, BLIND), sets


@st.composite
def discoveries(draw):
    lost = draw(st.sets(st.sampled_from(sorted(KINDS)), max_size=2))
    return Discovery(
        tuple(
            ApiResource(group, resource, tuple(VERBS), is_namespaced)
            for (group, resource), is_namespaced in sorted(KINDS.items())
            if (group, resource) not in lost
        )
    )


def world_of(contents_drawn, guard):
    namespaces, some_pods, objects = contents_drawn
    installed, sets = guard
    return World(namespaces, some_pods, objects, installed, sets)


def universe(world, kinds):
    """Return every call on these kinds: on what is there, on what is not, on all at once."""
    return list(_calls(world, kinds))


def _calls(world, kinds):
    for group, resource in kinds:
        is_namespaced = KINDS[group, resource]
        main, _, sub = resource.partition("/")
        for verb in VERBS:
            for place in PLACES if is_namespaced else [""]:
                yield from _calls_of(world, verb, group, main, sub, place)
            if is_namespaced and not sub and verb in ("list", "watch"):
                yield Call(verb, group, main, sub, "", "", carries=False)


def _calls_of(world, verb, group, main, sub, place):
    own = (group, main) == ("", "namespaces")
    if not sub and verb in ("list", "watch"):
        yield Call(verb, group, main, sub, place, "", carries=False)
    elif not sub and (verb == "deletecollection" or (verb == "create" and own)):
        for _, name in world.names(group, main, place):
            yield Call(verb, group, main, sub, place, name, carries=False)
        if own and verb == "create":
            yield Call(verb, group, main, sub, "", "prod-9", carries=False)
    elif not sub and verb == "create":
        for name in NAMES:
            yield Call(verb, group, main, sub, place, name, carries=False)
    else:
        there = [name for _, name in world.names(group, main, place)]
        # A connection to a pod that is not there is answered with 404, whoever may make it.
        ghosts = [] if own or (main, sub) in {("pods", "exec"), ("pods", "attach")} else NAMES
        for name in sorted({*there, *ghosts}):
            yield Call(verb, group, main, sub, name if own else place, name)
