"""`python -m benchmarks`, or `make bench`: measures, and prints tables with ratios."""

from __future__ import annotations

# Each is imported when it is its turn: a child's use of memory is never less than what its parent had.
import argparse


def main() -> None:
    """Read the arguments and run what they name; everything by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=["startup", "check", "deny", "compile", "schedules", "grants", []],
        help="which; all by default",
    )
    parser.add_argument("--grants", type=int, default=300, metavar="N", help="how many grants (300)")
    parser.add_argument("--files", type=int, default=10_000, metavar="N", help="how many requests are checked (10000)")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often it is done (grants: 1, others: 5)")
    parser.add_argument("--questions", type=int, default=10_000, metavar="N", help="how many are decided (10000)")
    parser.add_argument("--starts", type=int, default=25, metavar="N", help="how often the command is started (25)")
    given = parser.parse_args()
    what = given.what or ["startup", "check", "deny", "compile", "schedules", "grants"]

    def out(text: str) -> None:
        print(text, flush=True)

    if "startup" in what:
        from benchmarks import startup

        out("## Start\n")
        startup.run(given.starts, out)
    if "check" in what:
        from benchmarks import check

        out("\n## Check\n")
        check.run(given.files, given.rounds or 5, out)
    if "deny" in what:
        from benchmarks import deny

        out("\n## Deny policies\n")
        deny.run(given.questions, given.rounds or 5, out)
    if "compile" in what:
        from benchmarks import compiling

        out("\n## Deny policies compiled\n")
        compiling.run(1000, given.rounds or 5, out)
    if "schedules" in what:
        from benchmarks import schedules

        out("\n## Recurring schedules\n")
        schedules.run(1000, out)
    if "grants" in what:
        from benchmarks import grants

        out("\n## Grants\n")
        grants.run(given.grants, given.rounds or 1, out)


if __name__ == "__main__":
    main()
