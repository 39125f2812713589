"""Whatever strangers write, the gate's comment has the elements that its own words make, and no others."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitops_breakglass.core.authorize.unmerged import State
from gitops_breakglass.core.comment import MARKER, digests_in
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.report.gate.markdown import gate_as_markdown
from gitops_breakglass.report.gate.outcome import outcome_as_markdown
from tests.unit.gate.world import DIGEST, granted, told

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = (
    "@alice", "![x](y)", "[x](y)", "<b>", "</details>", "<!--", "-->", "|", "#1", "https://e.example", "`", "``", "```",
    "````", "~~~", "\n", "\r", "\n\n", "\n    ", "# ", "- ", "> ", "***", "__", "~~", "\\", "&lt;", "[^1]: x", "[a]: b",
    " ", "\t", "x", "1. ", "/close", "---", "===", ":tada:", "\u2028", "\u202e", "\x00", "$$",
)  # fmt: skip
WORDS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map("".join), st.text(min_size=1, max_size=40)
)
STATES = st.sampled_from(State)


def elements(text):
    """Every element of the rendered text, with its words unless it is code, whose words are nobody's to obey."""
    return [
        (each.type, each.tag, each.info, "" if each.type in {"fence", "code_block", "code_inline"} else each.content)
        for token in MARKDOWN.parse(text)
        for each in (*([] if token.type == "inline" else [token]), *(token.children or ()))
    ]


@given(WORDS, STATES, st.booleans(), st.booleans())
@example("```", State.PENDING, False, False)  # noqa: FBT003 - as it is drawn
@example("x` <b> @alice #1 ``` y", State.PENDING, False, False)  # noqa: FBT003 - as it is drawn
@pytest.mark.threat("E12")
def test_e12_no_element_of_the_comment_is_made_by_the_words_of_others(word, state, ready, denied):
    hostile = gate_as_markdown(told(word, state=state, ready=ready, denied=denied))
    plain = gate_as_markdown(told("x", state=state, ready=ready, denied=denied))
    assert elements(hostile) == elements(plain)
    assert digests_in(hostile) == (DIGEST,)


@given(WORDS)
@pytest.mark.threat("E12")
def test_e12_no_element_of_the_outcome_is_made_by_the_words_of_others(word):
    hostile, plain = (
        outcome_as_markdown(RequestId(each, each), granted(each), digest=DIGEST, ledger=each) for each in (word, "x")
    )
    assert elements(hostile) == elements(plain)
    assert digests_in(hostile) == (DIGEST,)


@given(WORDS)
def test_what_stands_outside_of_code_would_be_found(word):
    """The law sees what it is for: the same words beside the code make elements, or other words."""
    plain = gate_as_markdown(told("x"))
    if word.strip() not in {"", "x"} and word.isprintable() and "<!--" not in word:
        assert elements(f"{plain}\nx{word}") != elements(f"{plain}\nxx")


@given(WORDS)
@example("What others had a bot say")
@example(" ")
@pytest.mark.threat("E13")
def test_e13_only_a_comment_that_begins_with_the_marker_shows_a_digest(word):
    planted = f"<!-- gitops-breakglass:digest sha256:{DIGEST} -->"
    assert digests_in(f"{MARKER}\n{planted}\n{word}") == (DIGEST,)
    assert digests_in(f"{word}\n{planted}") == ()
    assert digests_in(f"{word}\n{MARKER}\n{planted}") == ()
    assert digests_in(f"{MARKER}\n{word}\n{planted}") == ()
