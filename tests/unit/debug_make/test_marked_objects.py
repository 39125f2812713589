"""The marks of what a debug session makes, and what its record lists of it."""

from dataclasses import replace
from datetime import timedelta

from gitops_breakglass.core.debug.marked_objects import marked, session_objects
from gitops_breakglass.core.debug.rights import bounds_of
from gitops_breakglass.core.render.grant import inventory_of, render_window
from gitops_breakglass.core.render.guard import render_guards
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.enforcement import GuardRule
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import Window, print_time
from tests.e2e.debug_made import ALICE, BEN, copy, deployment, injection, quota, session
from tests.e2e.stage import START

WINDOW = Window(START, START + timedelta(hours=1))


def statement(debug):
    return Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="c-1",
        request=RequestId("prod", "look"),
        kind="DebugSession",
        uid="1" * 32,
        path="breakglass/prod/look.yaml",
        blob="b" * 40,
        landing="a" * 40,
        decided_at=START,
        outcome="granted",
        subject=ALICE,
        windows=(WINDOW,),
        scopes=bounds_of(debug, "debug-template/network"),
        debug=debug,
    )


LABELS = {MANAGED_BY: MANAGER, REQUEST: "1" * 32}


def test_what_a_template_says_of_our_marks_does_not_count():
    named = {
        "name": "bg-x",
        "namespace": "debug",
        "labels": {REQUEST: "mine", "app": "x"},
        "annotations": {EXPIRES_AT: "never"},
    }
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named}
    made = marked(SessionObject(manifest, Part.AUXILIARY), statement(session()), WINDOW, "d")["metadata"]
    assert made["labels"] == {"app": "x", **LABELS}
    assert made["annotations"][EXPIRES_AT] == print_time(WINDOW.end)
    assert made["annotations"][DECISION] == "d"


def test_the_pods_of_a_workload_carry_its_marks():
    (made,) = session_objects(statement(session(deployment())), WINDOW, "d").values()
    template = made["spec"]["template"]
    assert template["metadata"]["annotations"] == made["metadata"]["annotations"]
    assert LABELS.items() <= template["metadata"]["labels"].items()
    assert made["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert template["spec"] == deployment().manifest["spec"]["template"]["spec"]


def test_an_object_ends_by_its_ttl_or_with_the_window_whichever_is_first():
    objects = [copy(f"c{minutes}", ttl=timedelta(minutes=minutes)) for minutes in (10, 90)]
    made = session_objects(statement(session(*objects)), WINDOW, "d").values()
    ends = [each["metadata"]["annotations"][EXPIRES_AT] for each in made]
    assert ends == [print_time(START + timedelta(minutes=10)), print_time(WINDOW.end)]


def test_a_record_lists_every_object_and_a_binding_for_each_person_before_any_of_it_is_made():
    debug = session(quota(), deployment(), injections=[injection()])
    listed = inventory_of(statement(debug), "d")
    assert [each.key for each in debug.objects] == list(listed[:2])
    rights = sorted((key.kind, key.namespace) for key in listed[2:] if key.kind.startswith("Role"))
    assert rights == sorted(
        [("Role", "debug"), ("Role", "shop"), *[("RoleBinding", each) for each in ("debug", "debug", "shop", "shop")]]
    )
    assert listed[-1].kind == "DebugSession"
    assert len(set(listed)) == len(listed)


def test_one_person_less_is_one_binding_less_and_nothing_else():
    debug = session(copy())
    whole = statement(debug)
    both = render_window(whole, WINDOW, whole.scopes, "d")
    alone = render_window(replace(whole, debug=replace(debug, participants=())), WINDOW, whole.scopes, "d")
    assert [each for each in both if each in alone] == list(alone)
    (lost,) = [each for each in both if each not in alone]
    assert [each["name"] for each in lost["subjects"]] == [BEN.name]


def test_everybody_of_a_session_is_held_to_its_denies():
    rule = GuardRule("p", ("create",), ("",), ("pods",), ("exec",))
    made = render_guards(statement(session(copy())), WINDOW, [rule], "d")
    assert [each["spec"]["subject"]["name"] for each in made] == [ALICE.name, BEN.name]
    assert len({each["metadata"]["name"] for each in made}) == 2
    assert {str(each["spec"]["rules"]) for each in made} == {str(made[0]["spec"]["rules"])}
