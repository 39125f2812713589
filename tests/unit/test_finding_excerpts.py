"""The line that a finding is about, with a mark below the right word, whatever stands in it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.report.findings.excerpt import WIDEST, excerpt, lines_of
from gitops_breakglass.report.findings.text import told_as_text
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.terminal import Paint, cells


def shown(line, column):
    """The line and its mark as a terminal has them, a row each."""
    found = excerpt(line, column)
    return [found.line, found.mark]


@pytest.mark.parametrize(
    "line, column, mark",
    [
        ("  escalation: pod-shel", 3, "  ^^^^^^^^^^^^^^^^^^^^"),
        ("  escalation: pod-shel  # why", 3, "  ^^^^^^^^^^^^^^^^^^^^"),
        ("spec:", 1, "^^^^"),
        ("spec: {a: 1, b: 2}", 1, "^^^^"),
        ("spec: {a: 1, b: 2}", 8, "       ^^^^"),
        ("spec: {a: x, y: [p, q r]}", 18, " " * 17 + "^"),
        ("spec: {a: x, y: [p, q r]}", 21, " " * 20 + "^^^"),
        ("    - '*'", 7, "      ^^^"),
        ('  reason: "a # b"  # c', 3, "  ^^^^^^^^^^^^^^^"),
        ("  at: 12:30", 3, "  ^^^^^^^^^"),
        ("  url: http://x/y", 3, "  ^^^^^^^^^^^^^^^"),
        ("  list: |", 3, "  ^^^^"),
        ("a: 1", 5, "    ^"),
        ("a: 1", 40, "    ^"),
        ("a: 1", 0, ""),
    ],
)
def test_the_mark_is_under_the_word_that_is_meant(line, column, mark):
    assert shown(line, column) == [line, mark]


def test_wide_and_combining_characters_take_the_room_that_a_terminal_gives_them():
    assert shown("名前: {e\u0301: x}", 6) == ["名前: {e\u0301: x}", "       ^^^^"]
    assert shown("名前: x", 1) == ["名前: x", "^^^^^^^"]


def test_a_tab_is_an_arrow_four_columns_wide():
    assert shown("\tname: x", 1) == ["→   name: x", "^^^^"]
    assert shown("a:\t\tx y", 5) == ["a:→   →   x y", "          ^^^"]


def test_what_can_not_be_seen_is_written_out_and_marked_whole():
    assert shown("a: b\u202ec", 5) == [r"a: b\u202ec", "    ^^^^^^^"[:4] + "^" * 7]
    assert shown("a: \x1b[31m", 4) == [r"a: \x1b[31m", "   ^^^^^^^^"]


def test_what_a_ci_runner_would_take_for_a_command_is_broken_up():
    assert shown("a: ##[error]x ##vso[task]", 1)[0] == r"a: \x23#[error]x \x23#vso[task]"


def test_a_long_line_is_cut_around_the_place():
    line = "a: " + "x" * 50 + ", " + "y" * 300
    assert shown(line, 1) == [line[:98] + "…", "^" * 98]
    place = excerpt("[" + "aaaa, " * 60 + "b, " + "c, " * 60 + "]", 362)
    assert place.line.startswith("…") and place.line.endswith("…")
    assert place.line[place.mark.index("^")] == "b"
    assert len(place.line) == WIDEST


@given(st.text(max_size=300), st.integers(0, 320))
@example("'" * 200, 1)
@example("[" * 200, 100)
@example("a: " + "\\" * 200, 1)
@example("a" * 100, 101)
def test_a_line_never_breaks_the_report(text, column):
    found = excerpt(text, column)
    assert found.line.splitlines() in ([], [found.line])
    assert set(found.mark) <= {" ", "^"}
    assert sum(cell.width for cell in cells(found.line.replace("→", ">"))) <= WIDEST
    assert len(found.mark) <= WIDEST


@given(st.text("ab \t日\u0301\u202e", max_size=300), st.data())
def test_the_mark_begins_where_the_place_is(text, data):
    index = data.draw(st.integers(0, max(0, len(text) - 1)))
    if not text[:1] or text[index] == "\u0301":
        return
    found = excerpt(text + "|", index + 1)
    before = len(found.mark) - len(found.mark.lstrip())
    if not found.line.startswith("…"):
        assert before == sum(cell.width for cell in cells(text[:index]))
    assert "^" in found.mark


def test_lines_are_counted_as_yaml_counts_them():
    assert lines_of("a\r\nb\rc\nd") == ["a", "b", "c", "d"]
    assert lines_of("") == [""]


def test_a_finding_without_its_text_or_beyond_it_is_told_without_a_line():
    far = Finding("x", "m", Location("a.yaml", 9, 1))
    empty = Finding("x", "m", Location("a.yaml", 2, 1))
    whole = Finding("x", "m", Location("a.yaml"))
    told = Told((far, empty, whole), source={"a.yaml": "one\n\nthree"}.get)
    assert told_as_text(told) == "a.yaml:9:1: error[x] m\na.yaml:2:1: error[x] m\na.yaml: error[x] m\n"


def test_colours_are_around_what_is_printable_already():
    told = Told(
        (Finding("x", "m\x1b[0m", Location("a.yaml", 1, 3), Severity.WARNING, hint="h"),),
        source={"a.yaml": "- b: \x1b[2J"}.get,
    )
    assert told_as_text(told, Paint(is_on=True)) == (
        "\x1b[1ma.yaml:1:3\x1b[0m: \x1b[1;33mwarning[x]\x1b[0m m\\x1b[0m\n"
        "  \x1b[2m1 |\x1b[0m - b: \\x1b[2J\n"
        "  \x1b[2m  |\x1b[0m   \x1b[1;33m^^^^^^^^^^\x1b[0m\n"
        "  \x1b[32mhint:\x1b[0m h\n"
    )
