"""The ledger on a real API server: written by the reconciler's own account, and changed by nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.ledger import parse_entry
from gitops_breakglass.core.ledger_page import lines_of, page_manifest
from gitops_breakglass.flows.ledger import verify_cluster
from gitops_breakglass.model.errors import ConflictError, RefusedError
from gitops_breakglass.model.kube import NAMESPACE, OUR_API, OUR_GROUP
from gitops_breakglass.model.ledger import Entry
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.becoming import becomes
from tests.cluster.reconcile_stage import opened, run_by

PAGES = f"/apis/{OUR_API}/namespaces/{NAMESPACE}/ledgerpages"
CAROL = "carol@example.com"
SECONDS = 30


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    """Three grants in one run, of which the sweeper ends all; a month later nothing of a session is left."""
    stage = FaultyStage(tmp_path_factory.mktemp("ledger"), ["one", "two", "three"])
    stage.install()
    for name in ("one", "two", "three"):
        stage.ask(name, seconds=SECONDS)
    stage.reconcile()
    stage.wait_until(max(stage.record(name)["status"]["expiresAt"] for name in ("one", "two", "three")))
    stage.sweep()
    stage.reconcile()
    yield stage
    stage.close()


def entries(stage: FaultyStage) -> list[Entry]:
    with opened(stage) as cluster:
        found = [line.envelope for line in lines_of(cluster.ledger().pages, CLUSTER)]
    return [parse_entry(envelope.payload) for envelope in found if envelope is not None]


def test_three_requests_are_told_on_two_pages_with_the_api_server_s_times(stage: FaultyStage) -> None:
    told = entries(stage)
    assert sorted(each.kind for each in told) == ["decided"] * 3 + ["ended"] * 3 + ["granted"] * 3
    assert [each["metadata"]["name"] for each in stage.custom("ledgerpages")] == [
        "ledger-0000000001",
        "ledger-0000000007",
    ]
    ended = [each.facts for each in told if each.kind == "ended"]
    assert {each["by"] for each in ended} == {"sweeper"}
    assert all(isinstance(lag := each["lagSeconds"], float) and 0 <= lag < 120 for each in ended)
    made = [one["madeAt"] for each in told if each.kind == "granted" for one in objects(each)]
    assert len(made) == 6
    assert all(at and at < each["endedAt"] for at in made for each in ended)


def objects(entry: Entry) -> list[dict[str, str]]:
    found = entry.facts["objects"]
    assert isinstance(found, list)
    return found


def test_it_verifies_and_a_run_without_news_asks_for_nothing_of_it(stage: FaultyStage) -> None:
    with opened(stage) as cluster:
        report = verify_cluster(cluster, Ed25519Signer().verify)
        assert report.verdict is not None
        assert report.verdict.findings == ()
        assert len(report.verdict.entries) == 9
        before = cluster.calls.copy()
        assert run_by(stage, cluster, ThreadPool(2)).clusters[0].outcomes == ()
        calls = cluster.calls - before
    assert (calls["create"], calls["update"], calls["patch"]) == (0, 0, 0)


def test_a_place_is_taken_once(stage: FaultyStage) -> None:
    with opened(stage) as cluster:
        page = min(cluster.ledger().pages, key=lambda each: each.key)
        with pytest.raises(ConflictError):
            cluster.create({**page_manifest(1, []), "spec": page.manifest["spec"]})
        with pytest.raises(RefusedError):
            cluster.replace(page, page.manifest)
        with pytest.raises(RefusedError):
            cluster.delete(page)


def test_whoever_may_do_anything_with_pages_still_edits_makes_and_deletes_none(stage: FaultyStage) -> None:
    carol = stage.users(CAROL)
    rules = [{"apiGroups": [OUR_GROUP], "resources": ["ledgerpages"], "verbs": ["*"]}]
    base = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
    stage.admin.must("POST", f"{base}/roles", {"metadata": {"name": "careless"}, "rules": rules})
    subjects = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": CAROL}]
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "careless"}
    stage.admin.must(
        "POST", f"{base}/rolebindings", {"metadata": {"name": "careless"}, "roleRef": ref, "subjects": subjects}
    )
    becomes(200, lambda: carol.status("GET", PAGES))
    path = f"{PAGES}/ledger-0000000001"
    whole = carol.must("GET", path)
    entries = whole["spec"]["entries"]
    edits = (
        ("PATCH", path, {"spec": {"entries": entries[:1]}}),
        ("PATCH", path, {"metadata": {"annotations": {"note": "x"}}}),
        ("DELETE", path, None),
        ("DELETE", PAGES, None),
        ("POST", PAGES, {**whole, "metadata": {"name": "ledger-0000000099", "labels": whole["metadata"]["labels"]}}),
    )
    for method, where, body in edits:
        answer = carol.request(method, where, body)
        # By the guard, or for what is on it by the definition, whichever looks first.
        by = "the guard" if answer.status == 403 else "a page of the ledger never changes"
        assert (answer.status in (403, 422), by in answer.message) == (True, True), (method, body, answer.message)
    # Nor an administrator, whom the definition itself holds to it.
    assert stage.admin.status("PATCH", path, {"spec": {"entries": entries[:1]}}) in (403, 422)
    assert carol.must("GET", path)["spec"] == whole["spec"]


def test_taking_the_session_away_after_its_time_leaves_the_chain_whole(stage: FaultyStage) -> None:
    for each in stage.custom("breakglasssessions", "breakglass.t-caas.telekom.com"):
        name = each["metadata"]["name"]
        path = f"/apis/breakglass.t-caas.telekom.com/v1alpha1/namespaces/{NAMESPACE}/breakglasssessions/{name}"
        stage.admin.must("DELETE", path)
    stage.reconcile()
    with opened(stage) as cluster:
        report = verify_cluster(cluster, Ed25519Signer().verify)
    assert report.verdict is not None
    assert (report.verdict.findings, len(report.verdict.entries)) == ((), 9)
