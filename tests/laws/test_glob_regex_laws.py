"""A glob and its regular expression match the same names, for any pattern and name."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_breakglass.core.deny.glob_regex import NEVER, any_regex, to_regex
from gitops_breakglass.core.glob import matches_any

LETTERS = "ab-z./*?[]^\\!é \n$(+|{"
TEXTS = st.text(LETTERS, max_size=8)
PATTERNS = st.one_of(
    TEXTS, st.lists(st.sampled_from([*"ab-*?", "[a-c]", "[^a]", "[z-a]", "\\*", "[^z-a]"])).map("".join)
)


@given(PATTERNS, TEXTS)
@example("*", "a/b")
@example("*", "")
@example("[^x]", "/")
@example("[z-a]", "z")
@example("[^z-a]", "z")
@example("a", "a\n")
@example("[", "[")
def test_a_glob_and_its_expression_match_the_same_names(pattern, name):
    assert bool(re.fullmatch(to_regex(pattern), name)) == matches_any((pattern,), name)


@given(st.lists(PATTERNS, max_size=3), TEXTS)
def test_one_expression_stands_for_many_globs(patterns, name):
    assert bool(re.fullmatch(any_regex(patterns), name)) == matches_any(tuple(patterns), name)


@pytest.mark.parametrize(
    "glob, expression",
    [
        ("kube-*", "^kube-[^/]*$"),
        ("web-[0-9]?", "^web-[0-9][^/]$"),
        ("a.b", r"^a\.b$"),
        ("[^x]", "^[^x]$"),
        ("*", "^(?s:.*)$"),
        ("[a", NEVER),
    ],
)
def test_an_expression_reads_like_its_glob(glob, expression):
    assert to_regex(glob) == expression


def test_of_no_glob_nothing_matches():
    assert any_regex(()) == NEVER
