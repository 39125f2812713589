"""What the ledger of a stage says: its lines, its entries, and whether it verifies."""

from gitops_breakglass.core.ledger import parse_entry, verify_ledger
from gitops_breakglass.core.ledger_page import lines_of
from gitops_breakglass.model.ledger import Trust
from tests.e2e.attacks import one


def lines(stage):
    return lines_of(stage.cluster.ledger().pages, "prod")


def entries(stage):
    """Every entry as it lies there, unproved."""
    return [parse_entry(line.envelope.payload) for line in lines(stage)]


def story(stage):
    """Kind and request of each entry, in order."""
    return [f"{each.kind} {each.facts['request'].partition('/')[2]}" for each in entries(stage)]


def verdict(stage, anchors=()):
    spec = one(stage, "TrustRoot").manifest["spec"]
    trust = Trust(spec["repository"], spec["publicKeys"], spec["clusterUID"])
    return verify_ledger(lines(stage), trust, stage.signer.verify, anchors)


def holds(stage):
    """Whether the whole chain verifies."""
    found = verdict(stage)
    assert found.findings == (), found.findings
    return len(found.entries) == len(lines(stage))
