"""What the benchmark of ends takes from `deploy/`, and how it puts a part of its scenarios into the page that has all."""

import pytest

from benchmarks.expiry import merging, report
from benchmarks.expiry.cronjob import MANIFEST, read_job
from benchmarks.expiry.result import Result

SWEPT = Result("CronJob", "a sweep each minute", [1.0, 2.0], goal=61.2, notes=["it ran twice"])


def content(text):
    """Lines, however wide their columns are."""
    return {line.replace(" ", "").replace("-", "") for line in text.splitlines()}


def test_the_cronjob_that_is_measured_is_the_manifests_and_it_runs_as_often_as_it_promises():
    job = read_job()
    assert job.words[:3] == ("-m", "gitops_breakglass.cli.sweeper", "--once")
    assert f"--every={job.period:g}" in job.words


def test_a_manifest_that_says_otherwise_is_measured_otherwise_and_one_that_says_more_is_not(tmp_path):
    changed = tmp_path / "cronjob.yaml"
    text = MANIFEST.read_text().replace('"* * * * *"', '"*/5 * * * *"').replace("Policy: Allow", "Policy: Forbid")
    changed.write_text(text)
    job = read_job(changed)
    assert (job.period, job.concurrency) == (300.0, "Forbid")
    changed.write_text(text.replace("  schedule:", "  suspend: true\n  schedule:"))
    with pytest.raises(AssertionError, match="not understood"):
        read_job(changed)


def test_a_part_that_is_measured_again_leaves_every_other_row_and_note_and_says_when_it_was_measured():
    before = report.read_docs()
    once = merging.merged(before, [SWEPT], "Monday")
    assert content(before) < content(once)
    rows = [line for line in once.splitlines() if line.startswith("|")]
    assert any(row.startswith("| a sweep each minute ") and "max 61.2 s: met" in row for row in rows)
    assert "- a sweep each minute: it ran twice\n- a sweep each minute: measured on Monday\n" in once
    again = merging.merged(once, [SWEPT], "Tuesday")
    assert again == once.replace("Monday", "Tuesday")
