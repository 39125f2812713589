"""Laws of what is made anew: the list reads back as it was written, and whatever happens nothing comes back that somebody deleted."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.record_remakes import (
    MOST_REMAKES,
    is_to_be_remade,
    may_be_remade,
    read_remakes,
    remakes_status,
    with_settled,
    with_taken,
)
from gitops_breakglass.model.grant import Remake
from gitops_breakglass.model.kube import RBAC, ObjectKey
from tests.laws.drawn_statements import recorded, statements

KEY = ObjectKey(RBAC, "RoleBinding", "shop", "bg-x")
keys = st.builds(ObjectKey, st.just(RBAC), st.sampled_from(["Role", "RoleBinding"]), st.text(), st.text(min_size=1))
remakes = st.lists(st.builds(Remake, keys, st.text(), st.integers(0, 9)), unique_by=lambda each: each.key)


@given(remakes)
def test_what_was_written_reads_back(listed):
    assert set(read_remakes(remakes_status(listed))) == set(listed)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    )
)
def test_whatever_somebody_wrote_there_is_read(data):
    assert isinstance(read_remakes(data), tuple)


@given(statements(), st.lists(st.sampled_from(["edit and run", "edit, note and die", "delete", "run"]), max_size=12))
def test_what_somebody_deleted_never_comes_back_and_nothing_is_made_anew_more_than_three_times(statement, story):
    """A cluster of one object: its uid or nothing, what the record knows of it, and who took it away."""
    record = replace(recorded(statement), uids={KEY: "0"})
    there, is_edited, made, deleted = "0", False, 0, False
    for step in story:
        if step == "delete" and there:
            there, deleted = "", not is_edited or not is_to_be_remade(record, KEY)
        if step.startswith("edit") and there:
            is_edited = True
        if step == "delete":
            continue
        if there and is_edited:
            if not may_be_remade(record, KEY, there):
                there, deleted = "", True
                continue
            record = replace(record, remakes=with_taken(record.remakes, KEY, there))
            if step == "edit, note and die":
                continue
            there = ""
        if not there and is_to_be_remade(record, KEY):
            assert not deleted
            made, there, is_edited = made + 1, str(made + 1), False
            record = replace(record, remakes=with_settled(record.remakes, [KEY]), uids={KEY: there})
    assert made <= MOST_REMAKES
