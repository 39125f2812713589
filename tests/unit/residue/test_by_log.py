"""With the audit log what the subject left is certain, and what others left is not told."""

import pytest

from gitops_breakglass.core.residue.residue import Looked, residue
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.residue import Traces
from tests.unit.residue.scenes import BINDING, LONG, OURS, at, call, found, lines, met, scene

BOB = "bob@example.com"
KUBECTL = (60.0, "kubectl-create")


def made(name="notes", **words):
    return call("create", "configmaps", name, **words)


def test_what_the_subject_is_seen_to_have_made_is_certain():
    assert lines(met(traces=[KUBECTL]), calls=[made(via=OURS)]) == ["certain made ConfigMap shop/notes"]


def test_what_others_are_seen_to_have_made_is_not_told():
    assert lines(met(traces=[KUBECTL]), calls=[made(user=BOB)]) == []


def test_what_nobody_is_seen_to_have_made_is_told_by_its_marks():
    assert lines(met(traces=[KUBECTL]), calls=[]) == ["likely made ConfigMap shop/notes"]


def test_what_was_made_by_a_refused_call_was_made_by_somebody_else():
    assert lines(met(traces=[KUBECTL]), calls=[made(via=OURS, code=409), made(user=BOB)]) == []


def test_an_object_of_the_same_name_that_came_later_is_not_the_one_that_was_made():
    later = met(created=2 * LONG)
    assert lines(later, calls=[made(via=OURS)]) == []
    assert found(later, calls=[made(via=OURS)]).gone == 1


def test_the_uid_tells_two_of_one_name_apart_where_the_log_has_it():
    assert lines(met(uid="second"), calls=[made(via=OURS, made="first"), made(user=BOB, made="second")]) == []
    assert lines(met(uid="first"), calls=[made(via=OURS, made="first")]) == ["certain made ConfigMap shop/notes"]


def test_what_was_made_by_applying_is_told_too():
    applied = call("patch", "configmaps", "notes", via=OURS, code=201)
    assert lines(met(), calls=[applied]) == ["certain made ConfigMap shop/notes"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"via": OURS}, "made by alice@example.com, allowed by the grant"),
        ({}, "made by alice@example.com, with rights of other origin"),
        ({"user": "admin", "by": "alice@example.com"}, "made by alice@example.com in the name of admin"),
        ({"by": BOB, "via": OURS}, "made by alice@example.com, allowed by the grant, sent by bob@example.com"),
    ],
    ids=["by the grant", "by other rights", "in another's name", "by another in its name"],
)
def test_how_it_is_known_is_told(words, why):
    assert [each.why for each in found(met(), calls=[made(**words)]).left] == [why]


def test_of_a_group_its_members_calls_count_by_the_grant_s_binding_alone():
    group = scene(subject=Subject("Group", "oncall"))
    assert lines(met(), calls=[made(user=BOB, via=OURS)], of=group) == ["certain made ConfigMap shop/notes"]
    assert lines(met(), calls=[made(user=BOB)], of=group) == []


def test_what_the_subject_did_when_access_was_over_is_not_of_this_grant():
    assert lines(met(created=LONG + 60.0), calls=[made(when=LONG + 60.2)]) == []


def test_what_a_service_account_that_it_made_does_later_goes_back_to_it():
    account = call("create", "serviceaccounts", "backdoor", via=OURS)
    user = "system:serviceaccount:shop:backdoor"
    later = made(user=user, when=2 * LONG + 0.2)
    left = found(met(created=2 * LONG), met("ServiceAccount", "backdoor"), calls=[account, later]).left
    assert [(str(each.key), each.why) for each in left] == [
        ("ServiceAccount shop/backdoor", "made by alice@example.com, allowed by the grant"),
        ("ConfigMap shop/notes", f"made by {user}, which the subject had made"),
    ]
    # Of an account that others made nothing is told.
    others = call("create", "serviceaccounts", "backdoor", user=BOB)
    assert lines(met(created=2 * LONG), calls=[others, later]) == []


def test_a_name_that_the_server_made_up_is_likely_the_one_of_that_second():
    nameless = call("create", "pods", via=OURS)
    pod, other = met("Pod", "job-x2x4q"), met("Pod", "old", created=400.0)
    assert lines(pod, calls=[nameless]) == ["likely made Pod shop/job-x2x4q"]
    assert lines(pod, calls=[call("create", "pods", user=BOB)]) == []
    assert lines(other, calls=[nameless]) == ["possible made Pod shop/old"]


OLD = {"created": -500.0}
PATCHED = call("patch", "deployments", "web", group="apps", when=90.0, code=200, via=OURS)


def test_a_change_that_an_object_still_bears_is_certain():
    web = met("Deployment", "web", traces=[(90.0, "kubectl-edit")], **OLD)
    assert lines(web, calls=[PATCHED]) == ["certain changed Deployment shop/web"]


@pytest.mark.parametrize("traces", [[], [(-500.0, "helm")], [(900.0, "helm")]], ids=["none", "before", "later"])
def test_a_change_of_which_no_field_tells_any_more_is_only_possible(traces):
    web = met("Deployment", "web", traces=traces, **OLD)
    assert lines(web, calls=[PATCHED]) == ["possible changed Deployment shop/web"]


def test_a_change_of_others_is_not_told_and_one_that_nobody_is_seen_to_have_made_is():
    theirs = call("patch", "deployments", "web", group="apps", when=90.0, code=200, user=BOB)
    web = met("Deployment", "web", traces=[(90.0, "kubectl-edit")], **OLD)
    assert lines(web, calls=[theirs]) == []
    twice = met("Deployment", "web", traces=[(90.0, "kubectl-edit"), (120.0, "helm")], **OLD)
    assert lines(twice, calls=[theirs]) == ["likely changed Deployment shop/web"]


def test_a_change_of_what_was_there_under_that_name_before_is_not_of_this_object():
    assert lines(met("Deployment", "web", created=2 * LONG), calls=[PATCHED]) == []


def test_a_namespace_is_found_whichever_way_the_log_names_it():
    labelled = call("patch", "namespaces", "shop", namespace="shop", when=90.0, code=200, via=OURS)
    shop = met(name="shop", namespace="", traces=[(90.0, "kubectl-label")], **OLD)
    shop = type(shop)(type(shop.key)("v1", "Namespace", "", "shop"), "namespaces", "u", shop.created, shop.traces)
    assert lines(shop, calls=[labelled]) == ["certain changed Namespace shop"]


def test_tokens_and_what_is_gone_are_told_of_the_log():
    token = call("create", "serviceaccounts", "deployer", subresource="token", via=OURS)
    left = found(calls=[token, made(via=OURS), made("theirs", user=BOB)])
    (token,) = left.tokens
    assert token.startswith(
        "a token of ServiceAccount shop/deployer was issued at 2026-03-10T09:01:00.250000Z: it works"
    )
    assert left.gone == 1


def test_of_a_kind_that_may_not_be_listed_nothing_is_said_to_be_gone():
    looked = Looked(Traces((), frozenset(), {"configmaps": "it may not be listed by who asks"}), [made(via=OURS)])
    assert residue(scene(), looked).gone == 0


def test_a_question_and_what_was_only_tried_leave_nothing_and_are_not_gone_either():
    asked = call("create", "selfsubjectaccessreviews", "x", group="authorization.k8s.io", namespace="")
    assert found(calls=[asked, made(via=OURS, is_dry=True)]).gone == 0
    assert lines(met(), calls=[made(via=OURS, is_dry=True), made(user=BOB)]) == []


def test_another_binding_of_the_same_name_elsewhere_is_not_the_grant_s():
    key = type(BINDING)(BINDING.api_version, "RoleBinding", "cart", BINDING.name)
    elsewhere = type(OURS)(key, "ClusterRole", "x", OURS.subject)
    group = scene(subject=Subject("Group", "oncall"))
    assert lines(met(), calls=[made(user=BOB, via=elsewhere)], of=group) == []


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ((at(-60), at(2 * LONG)), []),
        (
            (at(60), at(2 * LONG)),
            ["calls before 2026-03-10T09:01:00Z: access held already, and the audit log begins then"],
        ),
        (
            (at(-60), at(60)),
            ["calls after 2026-03-10T09:01:00Z: access still held, and nothing in the audit log is later"],
        ),
        ((None, None), ["anything by the audit log: no call of that time is in it"]),
    ],
    ids=["whole", "begins late", "ends early", "empty"],
)
def test_a_log_that_tells_of_less_than_the_time_of_access_is_told_as_that(log, said):
    assert list(found(calls=[], log=log).unseen[4:]) == said
