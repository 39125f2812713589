"""The corpus of Breakglass documents before both judges: a real API server with our definition, and `check`."""

import pytest

from tests.cluster.breakglass_corpus import corpus, errors
from tests.cluster.definitions import path_of
from tests.cluster.harness.becoming import eventually

CASES = list(corpus())


@pytest.fixture(scope="module")
def refused():
    return errors(CASES)


def test_the_server_refuses_what_check_refuses_but_for_what_only_check_can_know(defined, definitions, refused):
    path = path_of(definitions["Breakglass"])
    eventually(lambda: defined.status("GET", path) == 200)
    wrong = []
    for case in CASES:
        answer = defined.request("POST", f"{path}&dryRun=All", case.document)
        assert answer.status in {201, 400, 422}, answer.message
        taken = case.sound or case.only_check is not None
        if (answer.status == 201) is not taken or bool(refused[case.name]) is case.sound:
            wrong.append(
                (case.name, answer.status, answer.message[:300], [each.message for each in refused[case.name]])
            )
    assert [name for name, *_ in wrong] == [], wrong
