"""A stage for killing: requests of every short kind, each with a subject of its own, and what must hold of it whoever died."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cluster.faulty_stage import BINDINGS, CLUSTER, PODS, RBAC, ROLES, FaultyStage
from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.tokens import MORE_TOKENS
from tests.git.world import session

ENDS_AT = "gitops-breakglass.dev/expires-at"
"""Written out: what looks here knows nothing of our code."""
BEFORE = "before-install"
NAMESAKE = "bg-namesake"
"""A binding of somebody else's that was there before the guard, under a name as ours are."""
ONCE = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {{name: {name}}}
spec:
  approval: {{required: true, approvers: [lead@example.com]}}
  clusterRoles: [view]
  schedule: {schedule}
"""
_EVERY_KIND = ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
_NEAR = timedelta(seconds=4)
"""What ends as soon as that is not held to be there or gone: the look itself takes time."""


@dataclass
class Asked:
    """One request that was merged."""

    name: str
    recurs: bool = False
    taken_back: bool = False


class KillingStage(FaultyStage):
    """One installed cluster on which `people` may ask for a shell or to view it, once or again and again."""

    def __init__(self, folder: Path, people: list[str]) -> None:
        """Start, leave something of somebody else's there, and install."""
        server = folder / "kube-apiserver"
        server.mkdir(parents=True)
        (server / MORE_TOKENS).write_text("".join(f"{name}-token,{name}@example.com,{name}\n" for name in people))
        super().__init__(folder, people)
        self.asked: list[Asked] = []
        self._audit_mark = 0
        self._made: Counter[str] = Counter()
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "any"}
        self.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": BEFORE}})
        path = f"{RBAC}/namespaces/{BEFORE}/rolebindings"
        self.admin.must("POST", path, {"metadata": {"name": NAMESAKE}, "roleRef": ref})
        self.install()
        self._foreign = self._of_others()

    def policy(self, groups: dict[str, list[str]]) -> None:
        """Commit the policy side, with an offer of recurring access and a wide brake."""
        super().policy({**groups, "operations": groups["developers"], "sre-leads": groups["team-leads"]})
        text = (self.world.path / "breakglass.yaml").read_text()
        self.world.policy({"breakglass.yaml": f"{text}    recurring: true\nbrakes: {{maxNewGrants: 1000}}\n"})

    # -- what people do

    def asks_once(self, name: str, seconds: int, *, kind: str) -> None:
        """Request, approve and merge one window, as a session or as a Breakglass."""
        schedule = json.dumps({"duration": f"{seconds}s"})
        text = session(name, duration=f"{seconds}s") if kind == "session" else ONCE.format(name=name, schedule=schedule)
        self._merges(name, text)
        self.asked.append(Asked(name))

    def asks_each_minute(self, name: str, seconds: int) -> None:
        """The same for a window that opens each minute."""
        schedule = json.dumps({"cron": "* * * * *", "duration": f"{seconds}s", "maxActivations": 500})
        self._merges(name, ONCE.format(name=name, schedule=schedule))
        self.asked.append(Asked(name, recurs=True))

    def takes_back(self, asked: Asked) -> None:
        """Delete the file of a request, which ends what it gave."""
        self.world.policy({f"requests/{CLUSTER}/{asked.name}.yaml": None}, by=self.world.person("lead"))
        asked.taken_back = True

    def _merges(self, name: str, text: str) -> None:
        what = f"{CLUSTER}/{name}"
        self.world.person(name).requests(what, text)
        self.world.person("lead").approves(what, "go ahead")
        self.world.merge(what)

    # -- what must hold

    def overdue(self, then: datetime) -> list[str]:
        """Every binding with a name as ours are, whatever else is on it, that should have gone by then."""
        found = []
        for plural in ("clusterrolebindings", "rolebindings"):
            for each in self.admin.must("GET", f"{RBAC}/{plural}")["items"]:
                meta = each["metadata"]
                if not meta["name"].startswith("bg-") or meta["name"] == NAMESAKE:
                    continue
                end = (meta.get("annotations") or {}).get(ENDS_AT)
                if end is None or datetime.fromisoformat(end) <= then:
                    found.append(f"{meta['name']} is bound until {end}, and it was {then:%H:%M:%S}")
        return found

    def let_in(self, then: datetime) -> list[str]:
        """Every subject whose real call passes though its end had come by then."""
        over = [name for name, end in self._ends().items() if end <= then]
        bound = self._recurring_bound()
        return [name for name in over if name not in bound and not self._is_refused(name)]

    def wrong(self, since: datetime) -> list[str]:
        """Every request that is not as a run leaves it that began then and was not disturbed."""
        records = {each["spec"]["request"]["name"]: each for each in self.custom("grants")}
        there = {plural: self.admin.must("GET", path)["items"] for plural, path in (("r", ROLES), ("b", BINDINGS))}
        now = self.now()
        found = []
        for asked in (each for each in self.asked if not each.recurs):
            record = records.get(asked.name)
            left = [sum(_is_of(each, asked.name) for each in there[plural]) for plural in ("r", "b")]
            if record is None:
                # One that was taken back before any run saw it was never decided.
                found += [] if asked.taken_back and left == [0, 0] else [f"{asked.name} has no record"]
                continue
            found += self._wrong(asked, record, left, (since, now))
        return found

    def _wrong(
        self, asked: Asked, record: dict[str, Any], left: list[int], run: tuple[datetime, datetime]
    ) -> list[str]:
        since, now = run
        end = datetime.fromisoformat(record["metadata"]["annotations"][ENDS_AT])
        status = record.get("status") or {}
        if not asked.taken_back and since < end < now + _NEAR:
            return []
        lives = not asked.taken_back and since < end
        seen = {"left": left, "ended": "endedAt" in status, "revoked": "revokedAt" in record["spec"]}
        wanted = {
            "left": [1, 1] if lives else [0, 0],
            "ended": not lives,
            "revoked": seen["revoked"] if not lives else False,
        }
        if seen != wanted:
            return [f"{asked.name}, until {end:%H:%M:%S}, at {now:%H:%M:%S}: {seen}, not {wanted}"]
        if lives and not self._is_let_in(asked.name):
            return [f"{asked.name}, until {end:%H:%M:%S}: no call of the subject passes"]
        return []

    def made_twice(self) -> list[str]:
        """Every object of ours that was made more than once since the stage began, by the API server's audit log."""
        mark = self.server.audit_mark()
        for event in self.server.audit_events(self._audit_mark):
            ref = event.get("objectRef") or {}
            made = event["verb"] == "create" and event.get("responseStatus", {}).get("code") == 201
            if made and ref.get("resource") in {*_EVERY_KIND, "grants"} and "dryRun" not in event["requestURI"]:
                name = ref.get("name") or ""
                if name.startswith("bg-"):
                    self._made[f"{ref['resource']}/{ref.get('namespace', '')}/{name}"] += 1
        self._audit_mark = self._whole(mark)
        return [f"{name} was made {times} times" for name, times in self._made.items() if times > 1]

    def touched(self) -> list[str]:
        """Every Role and binding of others that is not as it was."""
        now = self._of_others()
        return sorted(name for name in {*now, *self._foreign} if now.get(name) != self._foreign.get(name))

    # -- how

    def _whole(self, mark: int) -> int:
        """Return where the last whole line before a mark ends: the rest of it is read the next time."""
        with self.server.audit_log.open("rb") as log:
            log.seek(self._audit_mark)
            return self._audit_mark + log.read(mark - self._audit_mark).rfind(b"\n") + 1

    def _of_others(self) -> dict[str, str]:
        found = {}
        for plural in _EVERY_KIND:
            for each in self.admin.must("GET", f"{RBAC}/{plural}")["items"]:
                meta = each["metadata"]
                ours = meta["name"].startswith("bg-") and meta["name"] != NAMESAKE
                if not ours and not meta["name"].startswith("settled-"):
                    kept = {part: each.get(part) for part in ("rules", "subjects", "roleRef")}
                    marks = {part: meta.get(part) for part in ("uid", "labels", "annotations", "finalizers")}
                    found[f"{plural}/{meta.get('namespace', '')}/{meta['name']}"] = json.dumps([kept, marks])
        return found

    def _ends(self) -> dict[str, datetime]:
        recurring = {each.name for each in self.asked if each.recurs}
        return {
            name: datetime.fromisoformat(each["metadata"]["annotations"][ENDS_AT])
            for each in self.custom("grants")
            if (name := each["spec"]["request"]["name"]) not in recurring
        } | {name: datetime.min.replace(tzinfo=self.now().tzinfo) for name in recurring}

    def _recurring_bound(self) -> set[str]:
        """Return whose window of many is open: those are held to what is bound, which `overdue` looks at."""
        items = self.admin.must("GET", BINDINGS)["items"]
        return {each.name for each in self.asked if each.recurs and any(_is_of(one, each.name) for one in items)}

    def _is_let_in(self, name: str) -> bool:
        return _becomes(lambda: self._call(name) == 200)

    def _is_refused(self, name: str) -> bool:
        return _becomes(lambda: self._call(name) == 403)

    def _call(self, name: str) -> int:
        token = {"Authorization": f"Bearer {name}-token"}
        return self.admin.request("GET", PODS, headers=token).status


def _becomes(look: Any) -> bool:
    """Whether it comes about: the authorizer hears of what is stored a moment later."""
    try:
        eventually(look, seconds=5)
    except AssertionError:
        return False
    return True


def _is_of(item: dict[str, Any], name: str) -> bool:
    return str(item["metadata"]["name"]).rpartition("-")[0] == f"bg-{name}"


def names(many: int) -> Iterable[str]:
    """So many people."""
    return (f"p{number:03}" for number in range(many))
