"""Words that reports share."""

import pytest

from gitops_breakglass.report.words import people


@pytest.mark.parametrize(
    ("names", "unnamed", "told"),
    [
        ((), 0, ""),
        (("ben",), 0, "ben"),
        (("ben", "carol"), 0, "ben, carol"),
        (("ben", "carol"), 1, "ben, carol and 1 more who is not named"),
        (("ben",), 2, "ben and 2 more who are not named"),
        ((), 1, "1 who is not named"),
        ((), 2, "2 who are not named"),
    ],
)
def test_people_who_are_not_named_are_counted(names, unnamed, told):
    assert people(names, unnamed) == told
