"""A debug session that was granted lasts as long as its template, its binding and its people do, and grows by none of them."""

from dataclasses import replace

import pytest

from tests.debug_side import a_binding, a_debug_side
from tests.e2e.attacks import in_force
from tests.e2e.debug_made import MARK, NAME, MadeStage, copy, session, template

BOUND = "debug-template/network@teams/here"
HERE = a_binding("here", templateRef={"name": "network"}, clusters=["prod"])
NO_EXEC = """\
---
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DenyPolicy
metadata:
  name: no-shells
spec:
  rules:
    - verbs: ["*"]
      apiGroups: [""]
      resources: [pods]
      subresources: [exec]
"""


@pytest.fixture
def start(tmp_path):
    """Start a session by a binding, or without, and see that both people have their access."""

    def start(binding=HERE, *, clusters=("prod",), **more):
        debug = replace(session(copy(), **more), binding="teams/here" if binding else "")
        stage = MadeStage(tmp_path, debug, source=BOUND if binding else "debug-template/network")
        stage.debug = a_debug_side(template(clusters=clusters), bindings=(binding,) if binding else ())
        stage.reconcile()
        assert stage.people() == ["debug alice@example.com", "debug ben@example.com"]
        return stage

    return start


def ended(stage):
    """Run, and return why the session ended, of which nothing is left then."""
    report = stage.reconcile()
    assert (stage.things(), stage.rights(), stage.people()) == ([], {}, [])
    (finding,) = [each for each in report.plan.findings if each.rule == "ended-early"]
    return finding.message.partition(" before its window does: ")[2]


def resources(stage):
    """What the Role of the session is on, and its verbs on streams."""
    (role,) = [each for each in stage.cluster.read().objects if each.key.kind == "Role"]
    return sorted(name for rule in role.manifest["rules"] if rule != MARK for name in rule["resources"])


def people_are(stage, groups):
    """Bring other groups into force; whoever is in none of them has left."""
    stage.groups = groups
    in_force(stage, {"identities.yaml": stage.identities()})


def is_called(stage, name, username):
    """Bring another username of somebody's into force."""
    text = stage.identities().replace(f"  - name: {name}\n", f"  - name: {name}\n    usernames: {{prod: {username}}}\n")
    in_force(stage, {"identities.yaml": text})


@pytest.mark.parametrize(
    ("binding", "why"),
    [
        (None, "there is no DebugSessionClusterBinding here in namespace teams"),
        ({"clusters": ["edge"]}, "binding here is not for cluster prod"),
        ({"clusters": ["prod"], "disabled": True}, "binding here is disabled"),
        ({"clusters": ["prod"], "templateRef": {"name": "other"}}, "binding here is not for template network"),
    ],
)
def test_it_ends_with_its_binding(start, binding, why):
    stage = start()
    words = {"templateRef": {"name": "network"}, **binding} if binding else None
    stage.debug = replace(stage.debug, bindings=(a_binding("here", **words),) if words else ())
    assert ended(stage) == f"{BOUND} does not offer it any more: {why}"


def test_it_ends_once_its_template_is_not_for_its_cluster_though_a_binding_came_that_is(start):
    stage = start(None)
    stage.debug = a_debug_side(template(clusters=("edge",)), bindings=(HERE,))
    assert ended(stage) == f"it is one of {BOUND} now, and was decided as one of debug-template/network"


def test_another_binding_that_comes_later_and_is_narrower_changes_nothing(start):
    stage = start()
    first = a_binding(
        "again",
        templateRef={"name": "network"},
        clusters=["prod"],
        constraints={"maxDuration": "1m"},
        allowed={"groups": ["team-leads"]},
    )
    stage.debug = replace(stage.debug, bindings=(first, HERE))
    assert stage.plan().is_empty


def test_what_may_be_done_with_its_pods_shrinks_with_template_and_binding_and_never_grows_again(start):
    stage = start()
    assert resources(stage) == ["pods", "pods/attach", "pods/exec", "pods/portforward"]
    off = {"templateRef": {"name": "network"}, "clusters": ["prod"], "allowedPodOperations": {"portForward": False}}
    stage.debug = a_debug_side(
        template(allowedPodOperations={"exec": False, "logs": True}), bindings=(a_binding("here", **off),)
    )
    stage.reconcile()
    assert resources(stage) == ["pods", "pods/attach"]
    assert stage.people() == ["debug alice@example.com", "debug ben@example.com"]
    assert stage.plan().is_empty


def test_it_ends_when_its_author_may_not_ask_any_more(start):
    stage = start()
    people_are(stage, {"developers": ["erin"], "team-leads": ["ben"]})
    assert ended(stage) == f"alice is not among those who may request {BOUND} any more"


def test_it_ends_when_its_author_is_gone(start):
    stage = start()
    del stage.world.people["alice"]
    people_are(stage, {"developers": ["erin"], "team-leads": ["ben"]})
    assert "alice is not in identities.yaml any more" in ended(stage)


def test_it_ends_when_its_author_is_somebody_else_on_the_cluster(start):
    stage = start()
    is_called(stage, "alice", "al")
    assert ended(stage) == "alice is not alice@example.com on prod any more"


def test_a_participant_who_may_not_ask_any_more_is_dropped_alone(start):
    stage = start()
    people_are(stage, {"developers": ["alice", "erin"], "team-leads": ["dana"]})
    stage.reconcile()
    assert stage.people() == ["debug alice@example.com"]
    assert stage.plan().is_empty


def test_a_participant_who_is_somebody_else_on_the_cluster_is_dropped_alone_and_nobody_comes_in_their_place(start):
    stage = start()
    is_called(stage, "ben", "benjamin")
    stage.reconcile()
    assert stage.people() == ["debug alice@example.com"]


def test_nobody_takes_part_who_was_not_in_the_decision_though_the_file_names_them(tmp_path):
    stage = MadeStage(tmp_path, session(copy(), participants=()))
    stage.reconcile()
    stage.reconcile()
    assert stage.people() == ["debug alice@example.com"]


def test_a_deny_policy_that_came_later_takes_away_what_it_denies(start):
    stage = start()
    files = {"policies/no-shells.yaml": NO_EXEC}
    in_force(stage, files)
    stage.reconcile()
    assert resources(stage) == ["pods", "pods/attach", "pods/portforward"]
    assert stage.rights() == {"debug": [f"{NAME}-copy"]}


def test_a_longest_duration_that_was_lowered_below_what_was_asked_for_ends_it_as_it_ends_every_access(start):
    stage = start()
    stage.debug = a_debug_side(template(constraints={"maxDuration": "10m", "defaultDuration": "10m"}), bindings=(HERE,))
    assert ended(stage) == f"{BOUND} does not offer it any more: it asks for 30m, and {BOUND} allows 10m"
