"""The files that ask for less next time."""

from datetime import UTC, datetime, timedelta

import yaml

from gitops_breakglass.core.next_request import duration_of, next_request, next_roles
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.rbac.manifest import from_manifest
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.policy import Offer
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import Window

BEGIN = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
TARGET = RequestId("prod", "inc-2")
PODS = rule(["get", "list"], ["pods"])
NODES = rule(["list"], ["nodes"])


def statement(**words):
    told = {"repository": "acme/access", "cluster": "prod", "cluster_uid": "u", "kind": "BreakglassSession", "uid": "r"}
    told |= {"path": "requests/prod/inc-1.yaml", "blob": "b", "landing": "l", "outcome": "granted", "decided_at": BEGIN}
    words = {"windows": (Window(BEGIN, BEGIN + timedelta(hours=2)),)} | words
    return Statement(request=RequestId("prod", "inc-1"), **told, **words)


def offer(name="shop", **words):
    anybody = Audience()
    told = {"clusters": ("*",), "namespaces": frozenset({"shop"}), "rules": (PODS,), "max_duration": timedelta(hours=8)}
    return Offer(name, allowed=anybody, approvers=anybody, **(told | words))


SHOP = ScopedRules("shop", (PODS,), "ClusterRole ops")
EVERYWHERE = ScopedRules("", (NODES,), "ClusterRole ops")


def test_what_was_used_in_a_namespace_becomes_a_request_if_an_offer_has_it():
    made = next_request(statement(), [SHOP], TARGET, [offer(), offer("elsewhere", clusters=("edge",))])
    assert made.offers == ("shop",)
    assert (made.problems, made.beyond) == ((), ())
    document = yaml.safe_load(made.text)
    assert document["metadata"] == {"name": "inc-2"}
    assert document["spec"]["schedule"] == {"duration": "2h"}
    (entry,) = document["spec"]["policy"]
    assert (entry["namespace"], from_manifest(entry["rules"])) == ("shop", (PODS,))


def test_nothing_is_written_that_no_offer_has_and_the_nearest_is_named():
    made = next_request(statement(), [SHOP], TARGET, [offer(rules=(NODES,)), offer("cart", namespaces=frozenset())])
    assert made.text == ""
    assert made.problems == (
        "no offer of breakglass.yaml has all of it; cart comes closest: namespace shop is not among its namespaces",
    )
    assert next_request(statement(), [SHOP], TARGET, []).problems == (
        "breakglass.yaml offers nothing for prod, so no request can name rules of its own there",
    )


def test_what_was_used_on_the_whole_cluster_is_left_out_and_told():
    made = next_request(statement(), [EVERYWHERE, SHOP], TARGET, [offer()])
    assert made.beyond == ("list nodes (core)",)
    assert "nodes" not in made.text
    alone = next_request(statement(), [EVERYWHERE], TARGET, [offer()])
    assert (alone.text, alone.beyond) == ("", ("list nodes (core)",))
    assert alone.problems == (
        "all that was used, was used on the whole cluster, so there is nothing that a request for namespaces could ask for",
    )


def test_a_duration_that_no_one_time_request_may_have_is_cut():
    daily = Recurrence("0 9 * * *", "UTC", timedelta(hours=30), BEGIN)
    assert duration_of(statement(recurrence=daily, windows=())) == timedelta(hours=24)
    assert duration_of(statement()) == timedelta(hours=2)


def test_roles_for_the_policy_side_hold_the_rules_where_they_were_used():
    documents = list(yaml.safe_load_all(next_roles(statement(), [EVERYWHERE, SHOP])))
    assert [(each["kind"], each["metadata"].get("namespace")) for each in documents if each] == [
        ("ClusterRole", None),
        ("ClusterRoleBinding", None),
        ("Role", "shop"),
        ("RoleBinding", "shop"),
    ]
    roles = {each["kind"]: each for each in documents if each}
    assert from_manifest(roles["Role"]["rules"]) == (PODS,)
    assert from_manifest(roles["ClusterRole"]["rules"]) == (NODES,)
    assert roles["RoleBinding"]["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": "inc-1-least",
    }
    assert [each["name"] for each in roles["ClusterRoleBinding"]["subjects"]] == ["inc-1-least"]


def test_a_name_that_somebody_chose_for_their_object_stays_a_name():
    odd = 'web"]}\n- {verbs: ["*"'
    named = ScopedRules("shop", (rule(["get"], ["pods"], names=[odd]),), "Role ops")
    made = next_request(statement(), [named], TARGET, [offer()])
    (entry,) = yaml.safe_load(made.text)["spec"]["policy"]
    assert from_manifest(entry["rules"]) == named.rules
