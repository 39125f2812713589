"""Fuzz the loader, the schemas, the rules and the reports, guided by what is reached: `python -m tests.fuzz`.

Options are those of libFuzzer, such as `-max_total_time=600`. What crashes is written to the folder that
`-artifact_prefix` names; an input that is worth keeping becomes one in `corpus/`, which the ordinary tests run as well.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gitops_breakglass"]):
    from tests.fuzz.target import judge

CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """Run until the time is over, or the first crash."""
    _, *options = sys.argv
    folders = [each for each in options if not each.startswith("-")]
    atheris.Setup([sys.argv[0], *options, *([] if folders else [str(CORPUS)])], lambda data: judge(bytes(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
