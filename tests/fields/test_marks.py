"""What a schema says of a field is true: changing it changes what our code does, or does not, or refuses."""

from itertools import islice

import pytest

from tests.fields.repository import (
    CATALOG,
    changed,
    data_at,
    documents,
    fields,
    kinds,
    made_of,
    others,
    places,
    readers,
)

WITH_ANOTHER = {"spec.schedule.location", "spec.schedule.maxActivations", "spec.subjects[].namespace"}
"""Fields that are refused with the one that they stand beside."""
TIED = {"spec.authType", "spec.groupSyncProvider"}
"""Fields whose value follows from what stands beside them: upstream takes no other, so that a rule refuses it."""
SOME = 6
"""How many other values of a field are tried."""
WHOLE = made_of(documents())


def leaves(kind, effect):
    """Fields of an effect that hold a plain value, each with a document and a place where it is set."""
    for field in fields(kind):
        if field.effect == effect:
            for document in documents():
                found = places(field, document.data) if document.kind == kind else ()
                if found and not isinstance(data_at(document.data, found[0]), dict | list):
                    yield field, document, found[0]
                    break


def remade(document, place, value):
    return made_of([changed(each, place, value) if each is document else each for each in documents()])


def difference(now):
    """The attributes whose values are not what they were, and what is newly told or not told any more."""
    (before, told), (after, told_now) = WHOLE, now
    names = {
        name for (at, name), value in {**before, **after}.items() if before.get((at, name)) != after.get((at, name))
    }
    return names, told ^ told_now


def test_every_kind_that_a_file_may_be_is_there():
    assert kinds() == sorted(name for _, name in CATALOG.kinds)


@pytest.mark.parametrize("kind", kinds())
def test_every_field_is_set_somewhere(kind):
    mine = [document for document in documents() if document.kind == kind]
    missing = [each.text for each in fields(kind) if not any(places(each, document.data) for document in mine)]
    assert [text for text in missing if text != "status"] == []


@pytest.mark.parametrize("kind", kinds())
def test_an_enforced_field_changes_what_is_read_by_more_than_its_reader_or_what_is_told(kind):
    idle = []
    for field, document, place in leaves(kind, "enforced"):
        # Where the schema takes one value only, it is the schema that enforces it.
        for value in list(islice(others(document, field, place), SOME)) or [f"{data_at(document.data, place)}x"]:
            names, told = difference(remade(document, place, value))
            held = sorted({module for name in names for module in readers().get(name, ())})
            if held or told:
                print(f"{kind} {field.text}: {', '.join(held[:4]) or sorted(rule for rule, *_ in told)}")
                break
        else:
            idle.append(field.text)
    assert idle == []


@pytest.mark.parametrize("kind", kinds())
def test_an_informational_field_changes_nothing_that_is_read_and_refuses_nothing(kind):
    changes = {}
    for field, document, place in leaves(kind, "informational"):
        # A rule may ask for more than the schema does; one value that all of them take is enough to see.
        for value in (*islice(others(document, field, place), SOME), ...):
            names, told = difference(remade(document, place, value))
            held = {name for name in names if name in readers()}
            refusals = {each for each in told if each[1] and field.text not in TIED}
            if not held and not refusals:
                break
        else:
            changes[field.text] = (held, refusals)
    assert changes == {}


@pytest.mark.parametrize("kind", kinds())
def test_a_refused_field_is_refused_by_the_rule_that_its_mark_names(kind):
    passed = []
    for field in fields(kind):
        for document in documents() if field.effect == "refused" and field.own else ():
            for place in places(field, document.data)[:1] if document.kind == kind else ():
                by_rule = {each for each in WHOLE[1] if each[0] == field.rule and each[1]}
                if field.text not in WITH_ANOTHER:
                    by_rule -= remade(document, place, ...)[1]
                if not by_rule:
                    passed.append(field.text)
    assert passed == []
