"""What somebody edited is taken away and made anew while its window lives; what somebody deleted stays away."""

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.core.record_remakes import MOST_REMAKES
from gitops_breakglass.flows.apply import apply
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.outcome import Applied, Verb
from tests.e2e.attacks import GRANTED, WHAT, annotations, ends_on_time, is_made_anew, labels, one, record_of, writes
from tests.e2e.stage import Stage

STRANGER = [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "mallory@example.com"}]


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    return stage


def edits(stage):
    """Somebody has the binding name a stranger; the binding as it was."""
    live = one(stage, "ClusterRoleBinding")
    writes(stage, live, lambda manifest: manifest.update(subjects=STRANGER))
    return live


def deletes(stage):
    live = one(stage, "ClusterRoleBinding")
    stage.cluster.delete(live)
    return live


def remade(stage):
    return [
        {name: each[name] for name in ("kind", "uid", "times") if name in each}
        for each in record_of(stage).manifest["status"].get("remade", [])
    ]


class Killed(BaseException):
    """A run that is killed."""


class Disturbed(ManifestsCluster):
    """Does something once, before or after one call."""

    def __init__(self, stage, call, do, *, after=False):
        super().__init__("prod", stage.folder / "out" / "prod", stage.clock)
        self.todo, self.call, self.after = do, call, after

    def _do(self, call):
        if self.call == call and self.todo is not None:
            do, self.todo = self.todo, None
            do()

    def _wrapped(self, call, *arguments):
        if not self.after:
            self._do(call)
        result = getattr(super(), call)(*arguments)
        if self.after:
            self._do(call)
        return result

    def delete(self, live):
        return self._wrapped("delete", live)

    def create(self, manifest):
        return self._wrapped("create", manifest)

    def replace_status(self, key, manifest):
        return self._wrapped("replace_status", key, manifest)


def dies():
    raise Killed


def killed(stage, call, *, after):
    """Reconcile, and kill the run before or after its first such call."""
    own, stage.cluster = stage.cluster, Disturbed(stage, call, dies, after=after)
    with pytest.raises(Killed):
        stage.reconcile()
    stage.cluster = own


def test_what_was_edited_is_made_anew_in_the_same_run_and_told(stage):
    live = edits(stage)
    report = stage.reconcile()
    assert is_made_anew(stage, live)
    done = [(each.verb, each.key) for each in report.outcomes if isinstance(each, Applied) and each.key == live.key]
    assert done == [(Verb.DELETED, live.key), (Verb.CREATED, live.key)]
    assert [each.rule for each in report.plan.findings] == ["edited-grant"]
    (end,) = report.plan.ends
    assert end.why == "somebody changed whom it binds to what; it is made anew as it was signed"
    assert remade(stage) == [{"kind": "ClusterRoleBinding", "times": 1}]
    uids = {each["kind"]: each["uid"] for each in record_of(stage).manifest["status"]["inventory"]}
    assert uids["ClusterRoleBinding"] == stage.cluster.get(live.key).uid
    assert stage.plan().is_empty
    ends_on_time(stage)


@pytest.mark.parametrize("kind", GRANTED)
@pytest.mark.parametrize(
    "taken", [lambda found: found.clear(), lambda found: found.pop("app.kubernetes.io/managed-by")], ids=["all", "ours"]
)
@pytest.mark.threat("D2")
def test_what_lost_its_label_is_taken_away_and_made_anew(stage, kind, taken):
    live = one(stage, kind)
    writes(stage, live, lambda manifest: taken(labels(manifest)))
    stage.reconcile()
    assert is_made_anew(stage, live)


def test_what_somebody_deleted_stays_away(stage):
    live = deletes(stage)
    stage.reconcile()
    assert stage.cluster.get(live.key) is None
    assert remade(stage) == []


def test_what_was_edited_and_then_deleted_stays_away(stage):
    edits(stage)
    live = deletes(stage)
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


def test_what_was_made_anew_and_is_deleted_then_stays_away(stage):
    edits(stage)
    stage.reconcile()
    live = deletes(stage)
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


def test_what_is_deleted_before_the_run_comes_to_it_stays_away(stage):
    live = edits(stage)
    own = stage.cluster
    stage.cluster = Disturbed(stage, "delete", lambda: own.delete(own.get(live.key)))
    stage.reconcile()
    stage.cluster = own
    stage.reconcile()
    assert stage.cluster.get(live.key) is None
    assert remade(stage) == [{"kind": "ClusterRoleBinding", "times": 1}]


def test_what_is_deleted_right_after_it_was_made_anew_stays_away(stage):
    live = edits(stage)
    own = stage.cluster
    stage.cluster = Disturbed(stage, "create", lambda: own.delete(own.get(live.key)), after=True)
    stage.reconcile()
    stage.cluster = own
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("replace_status", False),
        ("replace_status", True),
        ("delete", False),
        ("delete", True),
        ("create", False),
        ("create", True),
    ],
)
def test_a_run_that_is_killed_on_the_way_is_made_good_by_the_next(stage, call, after):
    live = edits(stage)
    killed(stage, call, after=after)
    stage.reconcile()
    assert is_made_anew(stage, live)
    assert [each["times"] for each in remade(stage)] == [1]
    live = deletes(stage)
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


def test_what_is_edited_again_and_again_stays_away_after_three_times(stage):
    for _ in range(MOST_REMAKES):
        live = edits(stage)
        stage.reconcile()
        assert is_made_anew(stage, live)
    live = edits(stage)
    (end,) = stage.reconcile().plan.ends
    assert end.why == "somebody changed whom it binds to what, for the fourth time: it is not made again"
    assert stage.cluster.get(live.key) is None
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


def test_what_was_revoked_meanwhile_is_not_made_anew(stage):
    live = edits(stage)
    record, own = record_of(stage), stage.cluster

    def revoke():
        spec = {**record.manifest["spec"], "revokedAt": "2026-03-10T03:00:00Z"}
        own.replace(own.get(record.key), {**own.get(record.key).manifest, "spec": spec})

    plan = stage.plan()
    revoke()
    apply(plan, stage.hands)
    assert own.get(live.key) is None
    stage.reconcile()
    assert stage.live() == []


def test_when_its_window_is_over_nothing_is_made_anew(stage):
    edits(stage)
    stage.passes(hours=1)
    stage.reconcile()
    assert stage.live() == []


def test_what_can_not_be_noted_is_taken_away_all_the_same_and_not_made_anew(stage):
    live = edits(stage)

    def refuse():
        msg = "not now"
        raise UnreachableError(msg)

    own, stage.cluster = stage.cluster, Disturbed(stage, "replace_status", refuse)
    stage.reconcile()
    stage.cluster = own
    assert stage.cluster.get(live.key) is None
    stage.reconcile()
    assert stage.cluster.get(live.key) is None


def test_a_forged_list_makes_nothing_that_somebody_deleted_under_another_uid(stage):
    live = deletes(stage)
    key = {"apiVersion": live.key.api_version, "kind": live.key.kind, "name": live.key.name}

    def forge(record):
        record["status"]["remade"] = [
            {**key, "uid": "another", "times": 0},
            {**key, "uid": 7, "times": "many"},
            "nonsense",
        ]

    writes(stage, record_of(stage), forge)
    stage.reconcile()
    assert stage.cluster.get(live.key) is None
    assert annotations(record_of(stage).manifest)
