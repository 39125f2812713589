"""The draft of a debug session, read back, asks for what was wished for."""

from datetime import timedelta

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.flows.ask.draft import Wish, draft
from gitops_breakglass.flows.ask.draft_debug import DebugWish
from gitops_breakglass.model.request import EphemeralContainer, NodeDebug, PodCopy, RequestId

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
WISH = RequestId("prod", "inc-1")


def spec_of(wish, *, duration=None, reason=""):
    read = yaml.safe_load(draft(Wish(WISH, debug=wish, duration=duration, reason=reason)))
    assert (read["kind"], read["metadata"]) == ("DebugSession", {"name": "inc-1"})
    return read["spec"]


@given(template=WORD, namespace=TEXT, reason=TEXT, participants=st.lists(WORD), labels=st.dictionaries(WORD, TEXT))
def test_every_text_comes_back_as_it_was(template, namespace, reason, participants, labels):
    wish = DebugWish(template, namespace=namespace, participants=tuple(participants), node_labels=labels)
    found = spec_of(wish, reason=reason)
    assert found.pop("cluster") == "prod"
    assert found.pop("templateRef") == template
    assert found.pop("targetNamespace", "") == namespace
    assert found.pop("reason", "") == reason
    assert found.pop("invitedParticipants", []) == participants
    assert found.pop("nodeSelector", {}) == labels
    assert found == {}


@given(values=st.dictionaries(WORD, st.one_of(TEXT, st.booleans(), st.integers(-(2**31), 2**31))))
def test_every_value_comes_back_with_its_type(values):
    assert spec_of(DebugWish("tools", values=values)).get("extraDeployValues", {}) == values


def test_what_is_left_out_is_not_written():
    assert spec_of(DebugWish("tools")) == {"cluster": "prod", "templateRef": "tools"}


def test_operations_are_written_in_their_order():
    operations = (
        EphemeralContainer("web", "web-0", "busybox:1", target="app"),
        PodCopy("web", "web-0", "busybox:1"),
        PodCopy("web", "web-1"),
        NodeDebug("node-1"),
    )
    found = spec_of(DebugWish("tools", operations=operations), duration=timedelta(minutes=30))
    assert found["requestedDuration"] == "30m"
    assert found["operations"] == [
        {"ephemeralContainer": {"namespace": "web", "pod": "web-0", "image": "busybox:1", "targetContainer": "app"}},
        {"podCopy": {"namespace": "web", "pod": "web-0", "image": "busybox:1"}},
        {"podCopy": {"namespace": "web", "pod": "web-1"}},
        {"nodeDebug": {"node": "node-1"}},
    ]
