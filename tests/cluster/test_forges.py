"""From the request to its end at each forge, with the real API server: people by git and the forge, runs by the CI job."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cluster.forge_stage import OnCluster
from tests.forges.github_stage import GithubStage
from tests.forges.gitlab_stage import GitlabStage
from tests.forges.stage import ForgeStage

ASKS = ("--escalation", "pod-shell-access", "--reason", "INC-1: it hangs", "--open")


@pytest.fixture(params=[GithubStage, GitlabStage], ids=["github", "gitlab"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OnCluster]:
    forge: type[ForgeStage] = request.param
    stage = OnCluster(tmp_path, forge)
    yield stage
    stage.close()


def number_in(told: str) -> int:
    """The number of the change whose address somebody was told."""
    found = re.search(r"https?://\S+/(\d+)", told)
    assert found, told
    return int(found[1])


def asked(stage: OnCluster, who: str, name: str, duration: str) -> str:
    """Somebody asks in their own clone, with their own token; what they are told."""
    clone, token = stage.clone_of(who)
    result = stage.run("request", "prod", name, "--duration", duration, *ASKS, token=token, clone=clone)
    assert result.exit_code == 0, result.output
    what = f"prod/{name}"
    stage.forge.changes[what] = number_in(result.output)
    return result.output


def test_access_is_asked_for_approved_merged_given_and_ends_though_the_forge_is_down(stage: OnCluster) -> None:
    forge = stage.forge
    # The window has to hold a merge and two runs, however busy the machine is.
    begun = time.monotonic()
    assert stage.reconcile().code == 0
    seconds = min(max(30, int(6 * (time.monotonic() - begun))), 150)
    told = asked(stage, "alice", "inc-1", f"{seconds}s")
    assert "have it approved there by ben" in told
    first = stage.reconcile()
    assert (first.code, stage.may("alice")) == (0, False), first.output
    forge.ben.approves("prod/inc-1", "INC-1: go ahead")
    forge.ben.merges("prod/inc-1")
    merged = datetime.now(UTC)
    granted = stage.reconcile()
    assert granted.code == 0, granted.output
    assert stage.may("alice")

    # The forge goes down: nothing new is granted, and what is over ends all the same.
    asked(stage, "erin", "inc-2", "10m")
    forge.ben.approves("prod/inc-2", "INC-2: go ahead")
    forge.ben.merges("prod/inc-2")
    forge.outage()
    meanwhile = stage.reconcile()
    assert meanwhile.code == 7, meanwhile.output
    assert (stage.may("alice"), stage.may("erin")) == (True, False)
    stage.wait(merged, seconds=seconds)
    ended = stage.reconcile()
    assert ended.code == 7, ended.output
    assert (stage.may("alice"), stage.may("erin")) == (False, False)

    # It is back: what was merged meanwhile is decided, and revoked again by a change that deletes the file.
    forge.world.faults.clear()
    back = stage.reconcile()
    assert back.code == 0, back.output
    assert stage.may("erin")
    clone = stage.folder / "clone-of-erin"
    words = ("prod/inc-2", "--open", "--reason", "INC-2 is over")
    revoked = stage.run("revoke", *words, token=stage.token_of["erin"], clone=clone)
    assert "Opened " in revoked.stderr, revoked.output
    assert stage.may("erin"), "erin has no credentials that could end it at once"
    forge.changes["end"] = number_in(revoked.stderr)
    forge.ben.merges("end")
    last = stage.reconcile()
    assert last.code == 0, last.output
    assert not stage.may("erin")

    secrets = [forge.token, *stage.token_of.values(), (stage.folder / "reconciler").read_text().splitlines()[2]]
    said = "".join(each.output for each in (first, granted, meanwhile, ended, back, last)) + told + revoked.output
    assert not [secret for secret in secrets if secret in said]
