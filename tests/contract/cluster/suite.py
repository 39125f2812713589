"""What every cluster has to do, whatever it is: the tests of the API server and of the folder are these."""

from dataclasses import dataclass, replace
from datetime import UTC, timedelta

import pytest

from gitops_breakglass.model.errors import ConflictError, GoneError, RefusedError
from gitops_breakglass.model.kube import (
    CLOUDNIMBUS_API,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    RBAC,
    RBAC_GROUP,
    REQUEST,
    TELEKOM_API,
    LiveObject,
    ObjectKey,
    key_of,
)
from gitops_breakglass.ports import ClusterWriter

READ_PODS = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
READ_LOGS = [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]


@dataclass(frozen=True)
class Place:
    """A cluster under test: `mark` is in all names of the test, `foreign` writes an object as others do, `edit` changes one."""

    cluster: ClusterWriter
    mark: str
    namespaces: tuple[str, str]
    foreign: object
    edit: object

    def metadata(self, name="one", *, namespace=None, **more):
        labels = {MANAGED_BY: MANAGER, REQUEST: self.mark}
        where = {"namespace": namespace} if namespace else {}
        return {"name": f"bg-{name}-{self.mark}", **where, "labels": labels, **more}

    def role(self, name="one", *, namespace=None, rules=READ_PODS, **more):
        metadata = self.metadata(name, namespace=namespace or self.namespaces[0], **more)
        return {"apiVersion": RBAC, "kind": "Role", "metadata": metadata, "rules": rules}

    def grant(self, name="one", **more):
        return {
            "apiVersion": OUR_API,
            "kind": "Grant",
            "metadata": self.metadata(name, namespace=NAMESPACE, **more),
            "spec": {"request": {**REQUESTED, "uid": self.mark}, "decision": DECISION, "inventory": []},
        }

    def mine(self):
        """What a run reads of this test's objects."""
        return {live.key: live for live in self.cluster.read().objects if live.labels.get(REQUEST) == self.mark}


REQUESTED = {"cluster": "prod", "name": "one", "kind": "BreakglassSession", "path": "requests/prod/one.yaml"}
DECISION = {"payloadType": "application/vnd.gitops-breakglass+json", "payload": "{}", "key": "ci", "signature": "c2ln"}


def everything(place: Place):
    """One object of each kind that a run reads, but for the checkpoint and the trust root."""
    role, grant = place.role(), place.grant()
    subjects = [{"kind": "User", "apiGroup": RBAC_GROUP, "name": "alice@example.com"}]
    cluster_wide = place.metadata()

    def bound(kind):
        return {"subjects": subjects, "roleRef": {"apiGroup": RBAC_GROUP, "kind": kind, "name": cluster_wide["name"]}}

    ours = place.metadata(namespace=NAMESPACE)
    session = {"cluster": "prod", "user": "alice@example.com", "grantedGroup": "pod-readers"}
    breakglass = {
        "subjects": [{"kind": "User", "name": "alice@example.com"}],
        "clusterRoles": ["view"],
        "justification": "a look at the pods",
        "approval": {"required": False},
        "schedule": {"start": "2026-11-22T05:00:00Z", "duration": "30m"},
    }
    return [
        role,
        {"apiVersion": RBAC, "kind": "RoleBinding", "metadata": role["metadata"], **bound("Role")},
        {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": cluster_wide, "rules": READ_PODS},
        {"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": cluster_wide, **bound("ClusterRole")},
        grant,
        {"apiVersion": TELEKOM_API, "kind": "BreakglassSession", "metadata": ours, "spec": session},
        {"apiVersion": CLOUDNIMBUS_API, "kind": "Breakglass", "metadata": ours, "spec": breakglass},
    ]


def said(live: LiveObject):
    """The part of an object that its maker said, without what a server adds."""
    kept = {name: live.manifest["metadata"].get(name) for name in ("name", "namespace", "labels", "annotations")}
    parts = {name: value for name, value in live.manifest.items() if name in {"rules", "subjects", "roleRef", "spec"}}
    metadata = {name: value for name, value in kept.items() if value}
    return {"apiVersion": live.manifest["apiVersion"], "kind": live.manifest["kind"], "metadata": metadata, **parts}


class ClusterContract:
    """Subclasses bring the fixture `place`."""

    def test_what_is_created_is_read_back_whole(self, place):
        wanted = everything(place)
        created = [place.cluster.create(each) for each in wanted]
        read = place.mine()
        assert {key: said(live) for key, live in read.items()} == {key_of(each): each for each in wanted}
        assert {live.key: live.uid for live in created} == {key: live.uid for key, live in read.items()}
        assert {live.key: said(live) for live in created} == {key_of(each): each for each in wanted}
        assert {key: place.cluster.get(key) for key in read} == read

    def test_a_name_that_is_taken_is_a_conflict_and_the_first_object_stays(self, place):
        first = place.cluster.create(place.role())
        with pytest.raises(ConflictError) as error:
            place.cluster.create(place.role(rules=READ_LOGS))
        assert error.value.hint
        assert place.cluster.get(first.key) == first

    def test_what_others_made_is_no_object_of_ours_but_its_name_is_taken(self, place):
        wanted = place.role()
        theirs = {**wanted, "metadata": {**wanted["metadata"], "labels": {REQUEST: place.mark}}}
        place.foreign(theirs)
        assert place.mine() == {}
        found = place.cluster.get(key_of(wanted))
        assert (found is not None, said(found), found.is_marked_ours) == (True, theirs, False)
        with pytest.raises(ConflictError):
            place.cluster.create(wanted)

    def test_a_record_that_lost_its_label_is_read_all_the_same(self, place):
        bare = place.grant()
        del bare["metadata"]["labels"][MANAGED_BY]
        place.foreign(bare)
        assert set(place.mine()) == {key_of(bare)}

    def test_what_is_not_there_is_none(self, place):
        assert place.cluster.get(key_of(place.role())) is None
        assert place.cluster.get(ObjectKey("example.com/v1", "Thing", place.namespaces[0], "one")) is None

    def test_an_object_is_deleted(self, place):
        live = place.cluster.create(place.role())
        place.cluster.delete(live)
        assert place.cluster.get(live.key) is None
        assert place.mine() == {}

    def test_an_object_that_was_made_anew_is_not_deleted_in_the_place_of_the_one_that_was_seen(self, place):
        seen = place.cluster.create(place.role())
        place.cluster.delete(seen)
        other = place.cluster.create(place.role())
        with pytest.raises(ConflictError):
            place.cluster.delete(seen)
        assert place.cluster.get(seen.key) == other

    def test_an_object_is_deleted_also_where_someone_edited_it(self, place):
        live = place.cluster.create(place.role())
        place.edit(live, rules=READ_LOGS)
        place.cluster.delete(live)
        assert place.cluster.get(live.key) is None

    def test_what_is_gone_can_be_neither_deleted_nor_changed(self, place):
        live = place.cluster.create(place.grant())
        place.cluster.delete(live)
        with pytest.raises(GoneError):
            place.cluster.delete(live)
        with pytest.raises(GoneError):
            place.cluster.replace_status(live.key, {**place.grant(), "status": {}})
        with pytest.raises(GoneError):
            place.cluster.strip_finalizers(live)
        with pytest.raises((GoneError, ConflictError)):
            place.cluster.replace(live, place.grant())

    def test_a_replaced_object_is_the_same_object_with_other_content(self, place):
        live = place.cluster.create(place.role())
        replaced = place.cluster.replace(live, place.role(rules=[]))
        assert replaced.uid == live.uid
        found = place.cluster.get(live.key)
        assert found == replaced
        assert not found.manifest.get("rules")

    def test_an_object_that_changed_since_it_was_seen_is_not_replaced(self, place):
        live = place.cluster.create(place.role())
        edited = place.edit(live, rules=READ_LOGS)
        with pytest.raises(ConflictError):
            place.cluster.replace(live, place.role(rules=[]))
        assert place.cluster.get(live.key) == edited

    def test_an_object_of_another_uid_is_not_replaced(self, place):
        live = place.cluster.create(place.role())
        with pytest.raises(ConflictError):
            place.cluster.replace(replace(live, uid="00000000-0000-4000-8000-000000000000"), place.role(rules=[]))
        assert place.cluster.get(live.key) == live

    def test_a_status_is_written_whole_and_nothing_else_with_it(self, place):
        live = place.cluster.create(place.grant())
        place.cluster.replace_status(live.key, {**place.grant(), "status": FIRST})
        place.cluster.replace_status(live.key, {**place.grant(), "spec": {}, "status": SECOND})
        found = place.cluster.get(live.key)
        assert (found.uid, found.manifest["status"], said(found)) == (live.uid, SECOND, place.grant())

    def test_a_status_is_not_written_to_another_object_than_the_one_that_is_meant(self, place):
        live = place.cluster.create(place.grant())
        meant = place.grant(uid="00000000-0000-4000-8000-000000000000")
        with pytest.raises(ConflictError):
            place.cluster.replace_status(live.key, {**meant, "status": FIRST})
        assert place.cluster.get(live.key) == live

    def test_a_status_does_not_come_with_an_object(self, place):
        live = place.cluster.create({**place.grant(), "status": FIRST})
        assert not live.manifest.get("status")
        place.cluster.replace_status(live.key, {**place.grant(), "status": SECOND})
        seen = place.cluster.get(live.key)
        changed = place.grant(annotations={"example.com/note": "x"})
        assert place.cluster.replace(seen, {**changed, "status": FIRST}).manifest["status"] == SECOND

    def test_an_object_that_a_finalizer_holds_goes_when_that_is_taken_off(self, place):
        live = place.cluster.create(place.role(finalizers=["example.com/hold"]))
        place.cluster.delete(live)
        if place.cluster.get(live.key) is not None:
            place.cluster.strip_finalizers(live)
        assert place.cluster.get(live.key) is None

    def test_finalizers_are_not_taken_from_another_object(self, place):
        live = place.cluster.create(place.role(finalizers=["example.com/hold"]))
        with pytest.raises(ConflictError):
            place.cluster.strip_finalizers(replace(live, uid="00000000-0000-4000-8000-000000000000"))
        assert place.cluster.get(live.key) == live

    def test_finalizers_are_taken_from_an_object_that_changed_since(self, place):
        live = place.cluster.create(place.role(finalizers=["example.com/hold"]))
        place.edit(live, rules=READ_LOGS)
        place.cluster.strip_finalizers(live)
        found = place.cluster.get(live.key)
        assert "finalizers" not in found.manifest["metadata"]
        assert found.manifest["rules"] == READ_LOGS

    def test_namesakes_in_two_namespaces_and_of_two_kinds_are_different_objects(self, place):
        here, there = (place.cluster.create(place.role(namespace=each)) for each in place.namespaces)
        wide = {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": place.metadata(), "rules": READ_LOGS}
        wide = place.cluster.create(wide)
        place.cluster.delete(here)
        assert place.mine() == {there.key: there, wide.key: wide}

    def test_many_objects_are_all_read(self, place):
        names = [f"n{number}" for number in range(7)]
        keys = {place.cluster.create(place.role(name)).key for name in names}
        assert set(place.mine()) == keys

    @pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2fb", "../../etc", "a\nb"])
    def test_a_name_that_is_none_reaches_nothing(self, place, name):
        live = place.cluster.create(place.role())
        nobody = replace(live, key=replace(live.key, name=name))
        for attempt in (
            lambda: place.cluster.delete(nobody),
            lambda: place.cluster.get(nobody.key),
            lambda: place.cluster.replace_status(nobody.key, place.role()),
            lambda: place.cluster.create({**place.role(), "metadata": {**place.role()["metadata"], "name": name}}),
        ):
            with pytest.raises(RefusedError):
                attempt()
        assert place.mine() == {live.key: live}

    @pytest.mark.parametrize("field", ["namespace", "api_version", "kind"])
    def test_a_key_that_climbs_out_of_its_place_reaches_nothing(self, place, field):
        live = place.cluster.create(place.role())
        with pytest.raises((RefusedError, GoneError)):
            place.cluster.delete(replace(live, key=replace(live.key, **{field: "../.."})))
        assert place.mine() == {live.key: live}

    def test_the_time_is_the_cluster_s_own_in_utc(self, place):
        before = place.cluster.now()
        state = place.cluster.read()
        assert (before.tzinfo, state.now.tzinfo) == (UTC, UTC)
        assert timedelta(0) <= state.now - before < timedelta(minutes=1)

    def test_a_cluster_is_always_the_same_one(self, place):
        uid = place.cluster.read().uid
        assert uid
        assert place.cluster.read().uid == uid


FIRST = {"state": "Approved", "grantedAt": "2026-11-22T05:00:00Z"}
SECOND = {"state": "Expired", "endedAt": "2026-11-22T06:00:00Z"}
