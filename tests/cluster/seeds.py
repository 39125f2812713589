"""The documents of the seeds, word for word: every YAML block of the two pages, by kind and name."""

import re
from pathlib import Path

import yaml

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"
OWN = Path(__file__).parents[1] / "data" / "use-cases.yaml"
"""Our own words for the same offers, for a checkout that has no seeds beside it."""

_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks():
    """Every YAML document as text, in the order of the pages; our own where the pages are not there."""
    if not SEEDS.is_dir():
        return [f"{each.strip()}\n" for each in OWN.read_text().split("\n---\n")]
    pages = [(SEEDS / name).read_text() for name in ("use-cases.md", "breakglass-crd.md")]
    texts = [block for page in pages for block in _BLOCK.findall(page)]
    return [f"{each.strip()}\n" for text in texts for each in re.split(r"^---$", text, flags=re.MULTILINE)]


def documents(*kinds):
    """The texts of the documents of these kinds, by name."""
    found = {}
    for text in blocks():
        data = yaml.safe_load(text)
        if data.get("kind") in kinds and "metadata" in data:
            found[data["metadata"]["name"]] = text
    return found
