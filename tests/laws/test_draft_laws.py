"""A draft, read back, says what was wished for, whatever people write into it."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.flows.ask.draft import Recurs, Wish, draft
from gitops_breakglass.model.request import RequestId

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(name=TEXT, escalation=TEXT, reason=TEXT)
def test_every_text_comes_back_as_it_was(name, escalation, reason):
    read = yaml.safe_load(draft(Wish(RequestId("prod", name), escalation=escalation, reason=reason)))
    assert read["metadata"] == {"name": name}
    assert read["spec"] == {"escalation": escalation, **({"requestReason": reason} if reason else {})}


@given(roles=st.lists(TEXT, min_size=1), reason=TEXT)
def test_every_role_comes_back_as_it_was(roles, reason):
    read = yaml.safe_load(draft(Wish(RequestId("prod", "inc-1"), cluster_roles=tuple(roles), reason=reason)))
    assert read["spec"]["clusterRoles"] == roles
    assert read["spec"].get("justification", "") == reason


@given(cron=TEXT, zone=TEXT, approvers=st.lists(TEXT, min_size=1))
def test_every_word_of_a_schedule_comes_back_as_it_was(cron, zone, approvers):
    wish = Wish(
        RequestId("prod", "inc-1"), cluster_roles=("view",), recurs=Recurs(cron, zone), approvers=tuple(approvers)
    )
    spec = yaml.safe_load(draft(wish))["spec"]
    assert (spec["schedule"], spec["approval"]) == (
        {"cron": cron, "location": zone},
        {"required": True, "approvers": approvers},
    )
