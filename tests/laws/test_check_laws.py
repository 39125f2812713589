"""Laws of checking: however it is done, the same is said."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.adapters.processes import ProcessPool
from gitops_breakglass.adapters.verdict_cache import VerdictCache
from gitops_breakglass.flows.check import Asked, check

EXAMPLE = Path(__file__).parents[2] / "examples" / "access-repo"
WITH = {"loader": yamlfile.load, "catalog": schema_catalog()}
REQUESTS = sorted((EXAMPLE / "requests").rglob("*.yaml"))
PATHS = st.sampled_from(["requests/prod-eu-1/one.yaml", "requests/staging-eu-1/one.yaml", "requests/nowhere/two.yaml"])
ZONED = (
    REQUESTS[0].parent.parent.joinpath("prod-eu-1/inc-4720-rollback.yaml").read_text() + "    location: Nowhere/City\n"
)
CONTENTS = st.sampled_from(
    [*(path.read_text() for path in REQUESTS), ZONED, "a: [", "a: yes\n", "", "kind: Breakglass\n"]
)
# Of one length, so that a file looks the same but for its times.
WORDS = st.sampled_from(["pod-shell", "pod-shelf", "restart-a"])
POLICIES = st.sampled_from(["maxValidFor: 1h", "maxValidFor: 2h", "description: x"])

EDITS = st.one_of(
    st.tuples(st.just("write"), PATHS, CONTENTS),
    st.tuples(st.just("write"), PATHS, WORDS.map(lambda word: REQUESTS[0].read_text().replace("pod-shell", word))),
    st.tuples(st.just("delete"), PATHS, st.just("")),
    st.tuples(st.just("policy"), st.just("policies/escalations/pod-shell.yaml"), POLICIES),
)


def edit(root, what, path, text):
    place = root / path
    match what:
        case "write":
            place.parent.mkdir(exist_ok=True)
            before = place.stat() if place.exists() else None
            place.write_text(text)
            if before is not None:
                # As if nothing had been written, as far as a program can say so.
                os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "delete":
            place.unlink(missing_ok=True)
        case "policy":
            place.write_text((EXAMPLE / path).read_text() + f"  {text}\n")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=4), st.booleans())
def test_what_is_remembered_changes_nothing_that_is_said(rounds, narrowed):
    with tempfile.TemporaryDirectory() as folder:
        root, file = Path(folder, "access"), Path(folder, "cache.json")
        shutil.copytree(EXAMPLE, root)
        for edits in rounds:
            for each in edits:
                edit(root, *each)
            for asked in (Asked(("requests/prod-eu-1",)), Asked()) if narrowed else (Asked(),):
                now = SystemClock().now()
                found = read_folder(root)
                cache = VerdictCache(file, found.files, program="p", now=now)
                told = check(found.files, not_files=found.not_files, asked=asked, verdicts=cache, **WITH)
                cache.close()
                assert told == check(found.files, not_files=found.not_files, asked=asked, **WITH)


@settings(max_examples=5, deadline=None)
@given(st.lists(CONTENTS, min_size=3, max_size=12), st.sampled_from([1, 2, 3]))
def test_however_many_processes_judge_the_same_is_said_in_the_same_order(contents, workers):
    files = read_folder(EXAMPLE).files
    many = {f"requests/prod-eu-1/r{number}.yaml": text.encode() for number, text in enumerate(contents * 120)}
    alone = check({**files, **many}, **WITH)
    assert check({**files, **many}, pool=ProcessPool(workers), **WITH) == alone
    assert alone.requests == len(contents) * 120 + sum(path.startswith("requests/") for path in files)
