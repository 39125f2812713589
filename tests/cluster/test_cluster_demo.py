"""`make demo CLUSTER=1` tells the truth: its own calls as the subject are what it fails by."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEFORE = ["403 Forbidden"] * 3
DURING = ["200 OK", "200 OK", "it ran, and printed: node-demo exec web-0: cat /etc/hostname"]


def test_the_demo_on_a_real_api_server_comes_true(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.cluster.demo", "--folder", str(tmp_path / "demo"), "--seconds", "40"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    answers = re.findall(r"^    \w+: .*  →  (.*)$", told.stdout, re.MULTILINE)
    assert answers == [*BEFORE, *BEFORE, *DURING, *["403 Forbidden"] * 3, *BEFORE]
