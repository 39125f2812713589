"""What a first stage left behind is the word of a stranger: the number of a change, or nothing at all."""

import json
import os

import pytest

from gitops_breakglass.adapters.first_stage import LARGEST, change_in
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.report.gate.formats import gate_written
from tests.unit.gate.world import told

ANSWER = json.loads(gate_written("json", told("alice")))


def left(tmp_path, content):
    file = tmp_path / "gate.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


@pytest.mark.parametrize("change", ["17", "#17", "!17", "breakglass/prod/inc-1"])
def test_the_number_is_taken(tmp_path, change):
    assert change_in(left(tmp_path, {**ANSWER, "change": change})) == change


HOSTILE = {
    "empty": b"",
    "not JSON": b"<html>502</html>",
    "not UTF-8": b'{"change": "\xff"}',
    "a list": b"[]",
    "a number alone": b"17",
    "no number": json.dumps({key: value for key, value in ANSWER.items() if key != "change"}).encode(),
    "more than an answer has": json.dumps({**ANSWER, "change": "17", "token": "x"}).encode(),
    "another version": json.dumps({**ANSWER, "change": "17", "version": 1}).encode(),
    "deep": b'{"change": ' + b"[" * 400_000 + b"]" * 400_000 + b"}",
    "deep but short enough to read": json.dumps({**ANSWER, "change": "17"})[:-1].encode()
    + b', "effect": '
    + b'{"a":' * 800
    + b"1"
    + b"}" * 800
    + b"}",
    "a number of a million digits": b'{"change": ' + b"9" * 1_000_000 + b"}",
    "huge": json.dumps({**ANSWER, "change": "17"}).encode() + b" " * LARGEST,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_answer_of_a_gate_is_refused_in_our_own_words(tmp_path, content):
    with pytest.raises(UsageError) as refused:
        change_in(left(tmp_path, content))
    assert refused.value.message.startswith("what the first stage left behind ")
    assert len(refused.value.message) < 100


@pytest.mark.parametrize(
    "change",
    [
        "",
        "0",
        "-1",
        "017",
        "17 ",
        "17\n",
        "17\n::error::x",
        "##[group]17",
        "\x1b[2J17",
        "99999999999",
        "17/../18",
        "main",
        "breakglass/../main",
        "breakglass/prod/inc-1/x",
        "breakglass/prod/inc-1\n",
        "refs/heads/main",
        "--upload-pack=touch x",
        "\u0661\u0667",
    ],
)
def test_what_is_no_number_of_a_change_is_refused(tmp_path, change):
    with pytest.raises(UsageError) as refused:
        change_in(left(tmp_path, {**ANSWER, "change": change}))
    assert refused.value.message == "what the first stage left behind is no answer of a gate about one change"


def test_nothing_is_read_through_a_link_or_out_of_a_pipe(tmp_path):
    left(tmp_path, {**ANSWER, "change": "17"})
    (tmp_path / "link").symlink_to(tmp_path / "gate.json")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing", "."):
        with pytest.raises(UsageError, match=r"what the first stage left behind (can't be read|is no plain file)"):
            change_in(tmp_path / name)
