"""How often a run asks: each list once while nothing changes, and no more for many grants than for one."""

import json
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.keep_ledger import keep_ledger
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.grant import LedgerHead
from gitops_breakglass.model.ledger import Draft, Trust
from gitops_breakglass.model.outcome import Verb
from tests.e2e.ledgers import holds, lines
from tests.e2e.stage import Stage


class CountingCluster(ManifestsCluster):
    """Counts what it is asked."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked = Counter()

    def read(self):
        self.asked["read"] += 1
        return super().read()

    def rbac(self):
        self.asked["rbac"] += 1
        return super().rbac()

    def discovery(self):
        self.asked["discovery"] += 1
        return super().discovery()


class CountingRepository(GitRepository):
    """Counts how often contents are read."""

    contents = 0

    def blobs(self, ids):
        ids = tuple(ids)
        self.contents += bool(ids)
        return super().blobs(ids)


def run(stage, sources=None):
    """What one run asked of the cluster, and its outcomes."""
    cluster = CountingCluster("prod", stage.folder / "out" / "prod", stage.clock)
    report = reconcile([Hands(cluster, stage.signer, ThreadPool(4))], (lambda: sources) if sources else stage.sources)
    assert report.clusters[0].unreachable is None
    return dict(cluster.asked), report.clusters[0].outcomes


def granted(stage, many):
    for number in range(many):
        what = f"prod/inc-{number}"
        stage.alice.requests(what, reason=f"INC-{number}: down")
        stage.ben.approves(what)
        stage.world.merge(what)
    stage.reconcile()
    assert len(stage.live()) == 2 * many


@pytest.mark.threat("E18")
def test_a_run_that_finds_nothing_to_do_reads_the_cluster_once(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 2)
    assert run(stage) == ({"read": 1, "rbac": 1, "discovery": 1}, ())


def test_a_run_that_ends_something_reads_again_before_it_plans(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 1)
    stage.passes(hours=2)
    asked, outcomes = run(stage)
    assert asked["read"] > 1
    # From what was read before they ended, the plan would end them once more.
    assert Counter(each.key.kind for each in outcomes if each.verb is Verb.DELETED) == {
        "ClusterRole": 1,
        "ClusterRoleBinding": 1,
    }
    assert stage.live() == []


def test_files_of_ended_requests_do_not_make_a_run_ask_what_the_cluster_serves(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 2)
    stage.passes(hours=2)
    stage.reconcile()
    # For a month it looks for what gives their subjects the same.
    assert run(stage) == ({"read": 1, "rbac": 1}, ())
    stage.passes(hours=24 * 31)
    run(stage)
    assert run(stage) == ({"read": 1}, ())


@pytest.mark.threat("E18")
def test_the_contents_of_all_requests_are_read_at_once_and_only_once(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 3)
    repository = CountingRepository(stage.world.path)
    sources = replace(stage.sources(), repository=repository)
    run(stage, sources)
    # The policy side, and the requests.
    assert repository.contents == 2
    run(stage, sources)
    assert repository.contents == 2


def test_a_role_that_shrinks_while_a_run_is_kept_waiting_is_seen_by_the_next(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 1)
    sources = stage.sources()
    run(stage, sources)
    text = stage.policy_files["policies/shell.yaml"].replace("verbs: [get, list]", "verbs: [get]")
    stage.erin.commits({"policies/shell.yaml": text}, on="policy/less")
    stage.dana.approves_policy("policy/less")
    stage.world.merge("x", branch="policy/less")
    run(stage, sources)
    role = next(each for each in stage.cluster.read().objects if each.key.kind == "ClusterRole")
    assert role.manifest["rules"][0]["verbs"] == ["get"]


def test_a_kept_line_answers_about_ancestors_as_git_does(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 2)
    world = stage.world
    commits = world.git("rev-list", "--all").split()
    asking, kept = world.repository(), world.repository()
    kept.line(world.tip)
    for one, other in product(commits, commits):
        assert kept.is_ancestor(one, other) == asking.is_ancestor(one, other), (one, other)


def test_what_was_read_ahead_is_what_is_stored(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 1)
    world = stage.world
    ids = [line.split()[0] for line in world.git("show-ref").splitlines()]
    blob = world.blob(world.tip, "breakglass.yaml")
    fresh, ahead = world.repository(), world.repository()
    ahead.read_ahead([*ids, blob])
    assert ahead.objects([*ids, blob]) == fresh.objects([*ids, blob])
    assert ahead.kinds([*ids, blob]) == fresh.kinds([*ids, blob])


def test_a_run_that_tells_the_ledger_something_takes_a_page_for_many_entries_and_reads_none(tmp_path):
    stage = Stage(tmp_path)
    granted(stage, 1)

    class Counting(CountingCluster):
        """Counts what concerns the ledger."""

        def ledger(self):
            self.asked["ledger"] += 1
            return super().ledger()

        def get(self, key):
            self.asked["get"] += key.kind == "LedgerPage"
            return super().get(key)

        def create(self, manifest):
            self.asked["pages"] += manifest["kind"] == "LedgerPage"
            return super().create(manifest)

    def drafts(number):
        about = {"decision": f"{number:064}", "request": f"prod/inc-{number}", "reason": "x" * 400}
        return [
            Draft(kind, f"{number:032}", about, frozenset({f"{kind} {number:064}"})) for kind in ("decided", "ended")
        ]

    cluster = Counting("prod", stage.folder / "out" / "prod", stage.clock)
    hands = Hands(cluster, stage.signer, ThreadPool(4))
    (last,) = [each for each in stage.cluster.read().objects if each.key.kind == "Checkpoint"]
    head = LedgerHead(**json.loads(last.manifest["spec"]["payload"])["head"])
    trust = Trust("acme/access", [stage.public_key], stage.cluster.read().uid)
    told = [draft for number in range(300) for draft in drafts(number)]
    kept = keep_ledger(told, head, trust, hands, stage.clock.now())
    assert (kept.head.sequence, cluster.asked) == (602, {"pages": 3})
    assert holds(stage)
    assert keep_ledger(told, head, trust, hands, stage.clock.now()).told == kept.told
    assert len(lines(stage)) == 602
    assert [live.key.kind for live in cluster.read().objects if live.key.kind == "LedgerPage"] == []
