"""E8, E11, E12: a change that is hostile in every word of it, through each job at both forges, with the real program."""

import re

import pytest

from tests.ci.at_the_machines_time import GithubLate, GithubNow, GitlabLate, GitlabNow
from tests.git.world import path_of, session

WHAT, BROKEN = "prod/inc-1", "prod/inc-2"
WORDS = (
    "::add-mask::a ##[stop-commands]b $(touch pwned) @everyone <img src=x> section_start:1:x [c](https://evil.example)"
)
LINES = f"{WORDS}\n::error::d\r##[group]e\n/approve\n/merge\n\x1b[0Ksection_end:1:x\u202e"
ESCAPED = LINES.replace("\n", "\\n").replace("\r", "\\r").replace("\x1b", "\\e").replace("\u202e", "\\u202e")


def commands(text):
    """The lines that a runner of either forge would obey, wherever it takes a line to end."""
    lines = re.split(r"[\r\n]", text)
    return [each for each in lines if each.lstrip().startswith("::") or "##[" in each or set(each) & set("\x1b\u202e")]


class AtGithub:
    """Someone's pull requests, and the jobs that look at them."""

    now, late = GithubNow, GithubLate

    @staticmethod
    def opens(stage, branch):
        return stage.world.open_pr("alice", branch, LINES.split("\n", maxsplit=1)[0], LINES).number

    @staticmethod
    def run(stage, name, number=None):
        known = {"github.event.pull_request.number": str(number or ""), "github.event.merge_group.head_ref": ""}
        ended, machine = stage.run({"gate": "check"}.get(name, name), **known)
        return ended.code, ended.output, [ended.summary], machine.place


class AtGitlab:
    """The same at GitLab."""

    now, late = GitlabNow, GitlabLate

    @staticmethod
    def opens(stage, branch):
        return stage.world.open_mr("alice", branch, LINES.split("\n", maxsplit=1)[0], LINES)

    @staticmethod
    def run(stage, name, number=None):
        token = stage.world.token("project", scopes=("api",), role=40)
        comment = {"comment": True} if name == "gate" else {}
        code, output, clone = stage.run(name, change=number, token=token, **comment)
        notes = stage.world.mr(number).notes if number else []
        told = [each.body for each in notes if "gitops-breakglass" in each.body]
        return code, output, [*told, *(each.read_text() for each in clone.glob("gate.md"))], clone.parent


FORGES = {"github": AtGithub, "gitlab": AtGitlab}


@pytest.fixture(params=FORGES)
def forge(request):
    return FORGES[request.param]


def proposed(stage, forge, what, content):
    branch = f"x/$(touch${{IFS}}pwned)-{what.split('-')[1]}"
    stage.alice.commits({path_of(what): content}, on=branch, message=LINES)
    stage.changes[what] = forge.opens(stage, branch)
    return stage.changes[what]


def with_reason(what, text):
    return session(what.split("/")[1]).replace("INC-1: connections time out", text)


@pytest.mark.threat("E8", "E11", "E12")
def test_e8_e11_e12_the_gate_says_nothing_that_a_runner_or_a_forge_obeys(tmp_path, forge):
    with forge.now(tmp_path) as stage:
        for what, content in ((WHAT, with_reason(WHAT, WORDS)), (BROKEN, f'"{ESCAPED}": 1\n' + session("inc-2"))):
            number = proposed(stage, forge, what, content)
            code, output, told, place = forge.run(stage, "gate", number)
            assert code == 3, output
            ours = [each for each in commands(output) if re.match(r"::(error|warning|notice) ", each)]
            assert commands(output) == ours
            assert not [each for each in ours if "##[" in each or "\x1b" in each]
            for text in told:
                outside = re.sub(r"(?ms)^(`{3,}).*?^\1$|(`+)(?!`).*?(?<!`)\2(?!`)", "", text)
                assert not [each for each in ("@everyone", "<img", "](https://evil", "\x1b") if each in outside], text
                assert not re.search(r"(?m)^/(approve|merge)", text)
            assert told
            assert not list(place.rglob("pwned"))


@pytest.mark.threat("E8", "E11")
def test_e8_e11_what_was_approved_with_hostile_words_is_granted_and_commands_no_runner(tmp_path, forge):
    with forge.now(tmp_path) as stage:
        proposed(stage, forge, WHAT, with_reason(WHAT, WORDS))
        # Without the lines that GitLab obeys when their author says them.
        stage.ben.approves(WHAT, re.sub(r"(?m)^/.*\n", "", LINES))
        stage.ben.merges(WHAT)
        code, output, _, place = forge.run(stage, "reconcile")
        assert f"granted   {WHAT} to alice@example.com, approved by ben" in output
        assert (code, commands(output)) == (0, [])
        assert not list(place.rglob("pwned"))


@pytest.mark.threat("E8", "E11")
def test_e8_e11_what_is_closed_is_closed_without_a_word_of_it_being_obeyed(tmp_path, forge):
    with forge.late(tmp_path) as stage:
        proposed(stage, forge, WHAT, with_reason(WHAT, WORDS))
        stage.world.clock.advance(hours=4, minutes=50)
        code, output, _, place = forge.run(stage, "close-timed-out")
        assert (code, commands(output)) == (0, []), output
        said = stage.comments_on(WHAT)[-1]
        assert "timed out" in said
        assert "@everyone" not in said
        assert not list(place.rglob("pwned"))
