"""What deny policies stop on a cluster beyond the words of a rule, as the guard does."""

import pytest

from gitops_breakglass.core.deny.evaluate import evaluate
from gitops_breakglass.core.deny.on_cluster import evaluate_on_cluster
from gitops_breakglass.model.deny import Answer, Ask
from tests.unit.deny.grants import HERE, UNDER, deny

COLLECTION = Ask("deletecollection", "", "secrets", "", "shop", "")


def answered(policy, ask):
    return evaluate((policy,), ask, UNDER).answer, evaluate_on_cluster((policy,), ask, UNDER).answer


def test_a_collection_is_not_deleted_where_its_objects_may_not_be():
    said = evaluate_on_cluster((deny(["delete"], ["secrets"]),), COLLECTION, UNDER)
    assert (said.answer, said.policy, said.location) == (Answer.DENY, "keys", HERE)
    assert said.reason == "a collection is deleted object by object"


def test_of_a_collection_the_names_are_told_that_are_refused():
    policy = deny(["delete"], ["secrets"], resource_names=("db-*", "tls"))
    assert evaluate((policy,), COLLECTION, UNDER).answer is Answer.NO_MATCH
    said = evaluate_on_cluster((policy,), COLLECTION, UNDER)
    assert said.reason == (
        "a collection is deleted object by object, and those named db-*, tls are refused; one without any of them is not"
    )


def test_a_collection_that_holds_nothing_denied_is_let_go():
    assert answered(deny(["get"], ["secrets"], resource_names=("db-*",)), COLLECTION)[1] is Answer.NO_MATCH
    assert answered(deny(["delete"], ["configmaps"]), COLLECTION)[1] is Answer.NO_MATCH


@pytest.mark.parametrize(("denied", "asked"), [("create", "get"), ("get", "create")])
def test_a_stream_that_may_not_be_opened_one_way_may_not_be_opened_the_other(denied, asked):
    policy = deny([denied], ["pods"], subresources=("exec",))
    assert answered(policy, Ask(asked, "", "pods", "exec", "shop", "web")) == (Answer.NO_MATCH, Answer.DENY)
    assert answered(policy, Ask(asked, "", "pods", "log", "shop", "web")) == (Answer.NO_MATCH, Answer.NO_MATCH)


def test_a_port_in_the_name_of_a_proxy_does_not_hide_the_object():
    policy = deny(["get"], ["pods"], subresources=("proxy",), resource_names=("web",))
    assert answered(policy, Ask("get", "", "pods", "proxy", "shop", "https:web:8443")) == (Answer.NO_MATCH, Answer.DENY)
