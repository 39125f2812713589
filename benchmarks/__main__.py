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
        choices=["startup", "check", "deny", "compile", "schedules", "grants", "report", "expiry_lag", []],
        help="which; all but expiry_lag and report by default, of which the first takes 17 minutes by itself",
    )
    parser.add_argument("--grants", type=int, default=300, metavar="N", help="how many grants (300)")
    parser.add_argument("--files", type=int, default=10_000, metavar="N", help="how many requests are checked (10000)")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often it is done (grants: 1, others: 5)")
    parser.add_argument("--questions", type=int, default=10_000, metavar="N", help="how many are decided (10000)")
    parser.add_argument("--starts", type=int, default=25, metavar="N", help="how often the command is started (25)")
    parser.add_argument("--objects", type=int, default=5_000, metavar="N", help="how many report looks over (5000)")
    parser.add_argument("--only", default="", metavar="A,B", help="scenarios of expiry_lag (all)")
    parser.add_argument("--write-docs", action="store_true", help="put what expiry_lag measures into docs/expiry.md")
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
    if "report" in what:
        from benchmarks import reports

        out("\n## Report\n")
        reports.run(given.objects, given.rounds or 3, out)
    if "expiry_lag" in what:
        from benchmarks.expiry import run

        out("\n## Expiry\n")
        run.run([each for each in given.only.split(",") if each], out, into_docs=given.write_docs)


if __name__ == "__main__":
    main()
