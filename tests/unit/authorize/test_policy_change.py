"""A change of the policy side comes into force as the whole that was approved, at the commit that holds just that."""

import pytest

from gitops_breakglass.core.authorize import PolicyCase, authorize_policy
from tests.unit.authorize.world import NOW, change, policy, review, rules_of


def verdict(after, **changes):
    step = change(review("ben"), files=(), landed_files=(), policy_at_fork="t", **changes)
    return authorize_policy(PolicyCase(step, policy(), "t", "t", after), now=NOW)


@pytest.mark.parametrize("after", ["9" * 40, None])
def test_a_commit_that_holds_something_else_than_the_head_is_not_what_was_approved(after):
    assert rules_of(verdict(after)) == ["same-content"]
    assert [each.person for each in verdict(change().blob_head)] == ["ben"]
