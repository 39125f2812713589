"""A controller for one CronJob, and its pods, as small as they can be: the manifest says when, how many at once, and what."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from cronsim import CronSim

from benchmarks.measure import say
from tests.deployed import DEPLOY, documents, pod_spec

MANIFEST = DEPLOY / "sweeper-cronjob" / "cronjob.yaml"
_RECIPES = {"gitops-breakglass-sweeper": DEPLOY / "sweeper" / "Containerfile"}
"""What is built to which image, by the name that manifests have for it."""
_KUBECONFIG = "GITOPS_BREAKGLASS_SWEEPER_KUBECONFIG"
"""Stands for the files with the account's token that a pod finds in its place."""
_STOPS = 30


@dataclass(frozen=True)
class Job:
    """What a CronJob says. Its times are UTC."""

    schedule: str
    concurrency: str
    """`Allow`, `Forbid` or `Replace`, with what these words mean to Kubernetes."""
    deadline: float
    """Seconds after which a run is ended."""
    words: tuple[str, ...]
    """The container's command, without the interpreter that it begins with."""

    def moments(self, now: float) -> CronSim:
        """Return when it runs after a time, one after the other."""
        return CronSim(self.schedule, datetime.fromtimestamp(now, UTC))

    @property
    def period(self) -> float:
        """The longest time between two of its next ten runs, in seconds."""
        moments = self.moments(time.time())
        return max((after - before).total_seconds() for before, after in pairwise(next(moments) for _ in range(10)))


@dataclass
class _Run:
    process: subprocess.Popen[bytes]
    begun: float
    seconds: float | None = None
    """How long it took; None while it lasts."""


def read_job(manifest: Path = MANIFEST) -> Job:
    """Read a CronJob of one container, whose image has a recipe here; raises AssertionError where it says more than is done."""
    (found,) = (each for each in documents(manifest) if each["kind"] == "CronJob")
    spec: dict[str, Any] = found["spec"]
    assert not {"suspend", "timeZone"} & spec.keys(), f"{manifest}: not understood here"
    pod = pod_spec(found)
    assert pod is not None, manifest
    (container,) = pod["containers"]
    recipe = _RECIPES[container["image"]].read_text()
    (entry,) = re.findall(r"^ENTRYPOINT (\[.*\])$", recipe, re.MULTILINE)
    program, *words = [*container.get("command", json.loads(entry)), *container.get("args", ())]
    assert Path(program).name == "python", f"{manifest}: begins with {program}"
    return Job(
        spec["schedule"],
        spec.get("concurrencyPolicy", "Allow"),
        float(spec["jobTemplate"]["spec"]["activeDeadlineSeconds"]),
        tuple(words),
    )


class CronJob:
    """Starts a job's process as its pods would, at its moments, while the block lasts; by the kubeconfig of its account."""

    def __init__(self, job: Job, folder: Path, kubeconfig: Path) -> None:
        self._job = job
        self._folder = folder
        self._environment = {**os.environ, _KUBECONFIG: str(kubeconfig)}
        self._stop = threading.Event()
        self._runs: list[_Run] = []
        self._threads = [threading.Thread(target=self._keep_time, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(_STOPS)
        for run in self._runs:
            run.process.kill()
            run.process.wait()

    @property
    def longest(self) -> float:
        """Seconds that the longest run took."""
        return max((each.seconds or self._job.deadline for each in self._runs), default=self._job.deadline)

    def told(self) -> list[str]:
        """Return what there is to say of the runs, for people."""
        codes = ", ".join(map(str, sorted({each.process.returncode for each in self._runs})))
        took = f"for at most {self.longest:.1f} s (the goal is {self._job.period:g} s and that)"
        return [
            f"it ran {len(self._runs)} times, {took}, and ended with {codes}; no image was pulled and no pod scheduled"
        ]

    def _keep_time(self) -> None:
        for moment in self._job.moments(time.time()):
            if self._stop.wait(max(0.0, moment.timestamp() - time.time())):
                return
            running = [each for each in self._runs if each.seconds is None]
            if running and self._job.concurrency == "Forbid":
                continue
            if self._job.concurrency == "Replace":
                for each in running:
                    each.process.kill()
            self._start()

    def _start(self) -> None:
        begun = time.monotonic()
        with (self._folder / f"cronjob-{len(self._runs):04}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *self._job.words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=self._environment,
            )
        run = _Run(process, begun)
        self._runs.append(run)
        waits = threading.Thread(target=self._wait, args=(run,), daemon=True)
        self._threads.append(waits)
        waits.start()

    def _wait(self, run: _Run) -> None:
        try:
            run.process.wait(self._job.deadline)
        except subprocess.TimeoutExpired:
            run.process.kill()
            run.process.wait()
        run.seconds = time.monotonic() - run.begun
        say(f"a run of the CronJob took {run.seconds:.1f} s and ended with {run.process.returncode}")
