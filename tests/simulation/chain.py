"""What holds of the ledger in the model: its chain verifies, and nothing is told twice."""

from itertools import pairwise
from typing import Any

from gitops_breakglass.core.ledger import parse_entry, verify_ledger
from gitops_breakglass.core.ledger_page import lines_of
from gitops_breakglass.model.ledger import Trust
from tests.simulation.guards import RECONCILER
from tests.simulation.process import ModelCluster
from tests.simulation.world import SIGNER, World


def ledger_holds(world: World) -> None:
    """The chain verifies, and each decision and each end is told once."""
    cluster = ModelCluster(world.line(RECONCILER, "ledger"))
    state = cluster.read()
    lines = lines_of(cluster.ledger().pages, "prod")
    trust = Trust("1", (SIGNER.public,), state.uid)
    verdict = verify_ledger(lines, trust, SIGNER.verify)
    if verdict.findings:
        world.oracle.fail(f"the ledger does not verify: {verdict.findings}")
    told = sorted(each for line in lines for each in _told(parse_entry(line.envelope.payload)))
    doubled = [one for one, other in pairwise(told) if one == other]
    if doubled:
        world.oracle.fail(f"the ledger tells something twice: {doubled}")


def _told(entry: Any) -> list[tuple[str, str, str]]:
    """What an entry tells: each object that was made, or one decision, or one end."""
    facts, about = entry.facts, str(entry.facts.get("request"))
    if entry.kind == "granted":
        return [(entry.kind, about, each["uid"]) for each in facts["objects"]]
    return [(entry.kind, about, str(facts.get("window", {}).get("start", "")))]
