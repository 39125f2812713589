"""`python -m benchmarks`, or `make bench`: measures, and prints tables with ratios."""

from __future__ import annotations

import argparse

from benchmarks import grants, startup


def main() -> None:
    """Read the arguments and run what they name; everything by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["startup", "grants", []], help="which; both by default")
    parser.add_argument("--grants", type=int, default=300, metavar="N", help="how many grants (300)")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="how often grants are made and ended (1)")
    parser.add_argument("--starts", type=int, default=25, metavar="N", help="how often the command is started (25)")
    given = parser.parse_args()
    what = given.what or ["startup", "grants"]

    def out(text: str) -> None:
        print(text, flush=True)

    if "startup" in what:
        out("## Start\n")
        startup.run(given.starts, out)
    if "grants" in what:
        out("\n## Grants\n")
        grants.run(given.grants, given.rounds, out)


if __name__ == "__main__":
    main()
