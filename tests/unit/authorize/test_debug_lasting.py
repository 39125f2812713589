"""What a policy side still offers of a debug session that was granted, and to whom."""

from dataclasses import replace

import pytest

from gitops_breakglass.core.authorize.lasting import left_of_session, offered_no_more
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.identity import Group, Provider, Team
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.unread import Unread
from tests.unit.authorize.debugging import BINDING, TEMPLATE, asked, decided, judged, side
from tests.unit.authorize.world import identities, person, review, rules_of

ALICE, DORA = Subject("User", "alice@example.com"), Subject("User", "dora@example.com")
WITH_DORA = "  invitedParticipants: [dora@example.com]\n"
SOURCE = "debug-template/network@teams/eu"


@pytest.fixture
def granted():
    """The statement of a session with a participant, by a binding."""
    statement = judged(asked(WITH_DORA), side(BINDING)).statement
    assert statement.evidence["source"] == SOURCE
    return statement


def left(statement, policy):
    return left_of_session(statement, statement.debug, asked(WITH_DORA), policy)


def test_under_the_same_policy_all_of_it_is_left(granted):
    assert left(granted, side(BINDING)) == granted.debug


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        ([], "there is no DebugSessionClusterBinding eu"),
        ([BINDING + "  disabled: true\n"], "binding eu is disabled"),
        ([BINDING.replace("[prod]", "[edge]")], "binding eu is not for cluster prod"),
        ([BINDING + "  allowed: {groups: [leads]}\n"], "alice is not among those who may request"),
        ([BINDING + "  namespaceConstraints: {deniedNamespaces: [breakglass-*]}\n"], "breakglass-debug"),
    ],
)
def test_it_ends_once_its_binding_gives_nothing_of_it(granted, documents, why):
    assert why in left(granted, side(*documents))


def test_it_ends_once_the_pod_that_its_template_is_made_from_is_gone(granted):
    other = TEMPLATE.replace("podTemplateRef: tools", "podTemplateRef: others")
    assert "DebugPodTemplate others, which is not there" in left(granted, side(BINDING, template=other))


def test_what_has_begun_does_not_end_with_the_time_of_its_binding(granted):
    assert left(granted, side(BINDING + '  expiresAt: "2020-01-01T00:00:00Z"\n')) == granted.debug


def test_operations_shrink_and_never_grow(granted):
    wider = side(BINDING, template=TEMPLATE + "  allowedPodOperations: {exec: false, logs: true}\n")
    assert left(granted, wider).operations == PodOperations(exec=False, attach=True, port_forward=True, logs=False)


@pytest.mark.parametrize(
    ("people", "participants"),
    [
        (identities(), (DORA,)),
        (identities(groups={"developers": ["alice"], "leads": ["ben"]}), ()),
        (identities(*map(person, ("alice", "ben")), groups={"developers": ["alice"], "leads": ["ben"]}), ()),
        (identities(person("alice"), person("ben"), person("dora", usernames={"prod": "d"})), ()),
    ],
)
def test_who_took_part_loses_their_own_access_alone(granted, people, participants):
    policy = side(BINDING, people=people)
    assert left(granted, policy) == replace(granted.debug, participants=participants)
    assert offered_no_more(asked(WITH_DORA), SOURCE, "alice", ALICE, policy) is None


def test_who_is_asked_in_a_team_that_can_not_be_read_now_keeps_their_access(granted):
    team = Group("developers", frozenset(), Team(Provider.GITHUB, "7", "1"), Unread("the forge was not asked"))
    usual = identities()
    policy = side(BINDING, people=replace(usual, groups=(team, *usual.groups[1:])))
    assert left(granted, policy) == granted.debug


def test_a_session_that_is_asked_for_with_somebody_who_may_not_is_refused_as_a_whole():
    leads = TEMPLATE.replace("groups: [developers]", "users: [alice@example.com]")
    assert rules_of(decided(asked(WITH_DORA), side(template=leads), reviews=[review("ben")])) == ["debug-participant"]


def test_nobody_takes_part_under_a_name_that_belongs_to_kubernetes():
    everybody = identities(person("alice"), person("ben"), person("dora", usernames={"prod": "system:admin"}))
    decision = decided(asked(WITH_DORA), side(people=everybody), reviews=[review("ben")])
    assert rules_of(decision) == ["debug-participant"]
