"""Whole sessions as they are rendered: the use cases' two templates, and one that has everything.

Each folder of tests/data/debug_workload has what is asked, and what it comes to; with UPDATE_CASES=1 the latter is written
anew, to be read before it is committed.
"""

import os
from pathlib import Path

import pytest
import yaml

from tests.unit.debug_workload.asked import parts_of

DATA = Path(__file__).parents[2] / "data" / "debug_workload"
FOLDERS = sorted(path for path in DATA.iterdir() if path.is_dir())


def told(reason):
    return {"rule": reason.rule, "message": reason.message, "place": str(reason.location), "hint": reason.hint}


def as_documents(parts):
    said = {"notes": [told(each) for each in parts.notes], "problems": [told(each) for each in parts.problems]}
    made = [{"part": each.part.value, "failure": each.failure.value, "object": each.manifest} for each in parts.objects]
    return yaml.safe_dump_all([said, *made], sort_keys=False, allow_unicode=True, width=100)


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_a_session_comes_to_these_objects(folder):
    made = as_documents(parts_of((folder / "asked.yaml").read_text()))
    if os.environ.get("UPDATE_CASES") == "1":
        (folder / "made.yaml").write_text(made)
    assert made == (folder / "made.yaml").read_text()
