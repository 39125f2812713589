"""The page about templates: it names every function, and its examples come to what it says."""

import re
from pathlib import Path

import pytest
import yaml

from gitops_breakglass.core.debug.text.context import context_of
from gitops_breakglass.core.debug.text.documents import LONGEST, MOST_DOCUMENTS, WORK, documents
from gitops_breakglass.core.debug.text.library import LIBRARY
from gitops_breakglass.core.debug.text.problem import TextProblem
from gitops_breakglass.core.debug.text.values import values_of
from gitops_breakglass.core.go_template.functions import CHOOSING
from gitops_breakglass.model.finding import Location

PAGE = (Path(__file__).parents[3] / "docs" / "debug-templates.md").read_text(encoding="utf-8")
SHOWN, PLACES, ERROR = re.findall(r"```\w+\n(.*?)```", PAGE, re.DOTALL)
REASON = 'a: "b" # c'


def context(**values):
    declared = [{"name": "version"}, {"name": "memory", "inputType": "storageSize"}]
    return context_of(
        name="bg-x",
        cluster="prod",
        requested_by="anna@example.com",
        reason=REASON,
        namespace="debug",
        template="net",
        variables=values_of(declared, values),
    )


def test_every_function_is_in_the_table_and_no_other():
    rows = re.search(r"## Functions\n\n(.*?)\n\n", PAGE, re.DOTALL)[1].split("\n")[2:]
    assert {name for row in rows for name in re.findall("`(\\w+)`", row)} == {*LIBRARY.functions, *CHOOSING}


def test_what_is_refused_in_the_table_is_refused():
    table = PAGE.split("| Refused | Why |")[1].split("| `define`")[0]
    assert set(re.findall("`(\\w+)`", table)) < set(LIBRARY.withheld)


def test_the_bounds_are_those_of_the_code():
    for number in (LONGEST, WORK, MOST_DOCUMENTS):
        assert f" {number:,} " in PAGE


def test_the_first_example_comes_to_a_pod():
    (text,) = [yaml.safe_load(SHOWN)["spec"]["templateString"]]
    container = {
        "name": "debug",
        "image": "registry.example.com/netshoot:v0.13",
        "command": ["sleep", "infinity"],
        "env": [{"name": "WHY", "value": REASON}],
    }
    at = Location("policy/debug.yaml", 5, 3)
    assert documents(text, context(), at=at) == ({"containers": [container]},)
    limited = container | {"resources": {"limits": {"memory": "1Gi"}}, "image": "registry.example.com/netshoot:a\n- b"}
    assert documents(text, context(version="a\n- b", memory="1Gi"), at=at) == ({"containers": [limited]},)


def test_every_place_of_the_second_example_holds_the_same():
    (made,) = documents(PLACES, context(), at=Location("policy/debug.yaml", 5, 3))
    assert set(made.values()) == {REASON}


def test_the_error_is_the_one_that_is_told():
    with pytest.raises(TextProblem) as told:
        documents("a: b\nc: {{ now }}\n", context(), at=Location("policy/debug.yaml", 10, 3))
    assert f"{told.value}\n" == ERROR
