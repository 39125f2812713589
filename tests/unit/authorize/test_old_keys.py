"""What a key that may not be used any more still says of whose it is."""

from datetime import timedelta

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.model.identity import Account, Provider, SshKey
from tests.unit.authorize.world import NOW, case, commit, identities, person, policy, review, rules_of

OLD = SshKey("ssh-ed25519 AAAA", "SHA256:old", valid_before=NOW - timedelta(days=1))


def test_somebody_who_helped_with_a_key_that_has_expired_since_does_not_approve():
    people = identities(person("alice"), person("ben", keys=(OLD,)))
    helped = commit("ben", signer=Account(Provider.LOCAL, OLD.fingerprint), emails=(), touches=False)
    decision = authorize(case(review("ben"), policies=(policy(people=people),), commits=(commit(), helped)), now=NOW)
    assert rules_of(decision) == ["ApprovalRequired", "self-approval"]
