"""What the fuzzer begins with, and what it ever found, is judged without an error of ours."""

from pathlib import Path

import pytest

from tests.fuzz.target import PATHS, judge

CORPUS = sorted((Path(__file__).parents[1] / "fuzz" / "corpus").iterdir())


@pytest.mark.parametrize("seed", CORPUS, ids=lambda seed: seed.name)
@pytest.mark.parametrize("place", range(len(PATHS)), ids=PATHS)
def test_each_seed_is_judged_wherever_it_lies(seed, place):
    findings = judge(bytes([place]) + seed.read_bytes()[1:])
    assert all(finding.message and finding.location.path for finding in findings)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01\xff", b"\x04[", b"\x03people: [", b"\x02---\n---\n"])
def test_next_to_nothing_is_judged_as_well(data):
    judge(data)
