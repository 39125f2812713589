"""Ask Go and Sprig what the templates of tests/data/sprig_templates.jsonl come to, and write that down beside them.

`python -m tests.sprig.recorded` does it; to add a template, add a line `["the template", null]` first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cluster.harness.build import BUILD_ENVIRONMENT, go_command

MODULE = Path(__file__).parent
TABLE = MODULE.parent / "data" / "sprig_templates.jsonl"
DATA = {
    "s": "a-B c",
    "empty": "",
    "odd": "x: \"y\" \\ 'z' # {{ .s }} <&>",
    "uni": "ßǆé İ 😀Ω",
    "lines": "a\n\n b\nc\n",
    "num": "42",
    "long": "abcdefghij" * 10,
    "list": ["a", True, None, "b c"],
    "map": {"k": "v", "a": True, "n": None},
    "half": 0.5,
    "yaml": "k: v\nl: [a, b]\n",
}
"""What each of the templates is rendered with; its numbers are of type float64 in Go."""


def recorded() -> list[tuple[str, str | None]]:
    """Return each template with what Go makes of it: None where it refuses it."""
    return [tuple(json.loads(line)) for line in TABLE.read_text(encoding="utf-8").split("\n") if line]


def told(templates: list[str]) -> list[str | None]:
    """Ask Go."""
    asked = "".join(json.dumps({"template": template, "data": DATA}) + "\n" for template in templates)
    done = subprocess.run(
        [go_command(), "run", "-mod=readonly", "."],
        cwd=MODULE,
        env={**os.environ, **BUILD_ENVIRONMENT},
        input=asked,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line).get("text") for line in done.stdout.split("\n") if line]


def main() -> None:
    """Renew the table."""
    templates = [template for template, _ in recorded()]
    lines = [json.dumps(pair, ensure_ascii=False) for pair in zip(templates, told(templates), strict=True)]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} templates", file=sys.stderr)


if __name__ == "__main__":
    main()
