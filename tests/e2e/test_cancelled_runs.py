"""Runs that were dropped, late or cancelled while they waited: the next one does all that was to be done."""

from pathlib import Path

import pytest
import yaml

from gitops_breakglass.flows.init import github
from tests.e2e.stage import Stage

ROOT = Path(__file__).parents[2]


@pytest.mark.threat("E6")
def test_e6_one_run_does_what_three_that_were_cancelled_should_have_done(tmp_path):
    stage = Stage(tmp_path)
    for name in ("inc-1", "inc-2", "inc-3"):
        stage.alice.requests(f"prod/{name}")
        stage.ben.approves(f"prod/{name}")
        stage.world.merge(f"prod/{name}")
    stage.reconcile()
    assert len([each for each in stage.live() if "Binding" in str(each)]) == 3


@pytest.mark.threat("E6")
def test_e6_no_run_is_cancelled_while_it_goes_on():
    """Those that wait are: GitHub keeps one, GitLab runs them in turn."""
    template = (ROOT / "templates" / "reconcile" / "template.yml").read_text()
    (job,) = (each["breakglass-reconcile"] for each in yaml.safe_load_all(template) if "breakglass-reconcile" in each)
    assert (job["resource_group"], job["interruptible"]) == ("breakglass-reconcile", False)
    texts = [text for text in vars(github).values() if isinstance(text, str) and "reconcile.yml" in text]
    assert texts
    for text in texts:
        assert "cancel-in-progress: false" in text
