"""No file takes more than a second of CPU or 200 MB, whatever is in it; what is told of one is bounded as well."""

import subprocess
import sys
from pathlib import Path

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.yamlfile import LARGEST, MOST_DOCUMENTS, load
from gitops_breakglass.core.schema import MOST_FINDINGS
from gitops_breakglass.flows.check import check
from gitops_breakglass.model.document import Document
from tests.hostile.inputs import HEAD, INPUTS, one

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "access-repo"


def measured(*names):
    command = [sys.executable, "-m", "tests.hostile", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [line.split(" ", 2) for line in done.stdout.splitlines()]
    return {name: (float(seconds), float(mebibytes)) for seconds, mebibytes, name in rows}


def over(rows):
    return {name: row for name, row in rows.items() if row[0] > 1 or row[1] > 200}


def test_no_input_takes_more_than_a_second_or_200_megabytes():
    first = measured()
    assert set(first) == set(INPUTS)
    # A machine that does much else counts some of that as ours: only what is slow twice is.
    slow = over(first)
    assert over(measured(*slow) if slow else {}) == {}


def test_more_documents_than_rules_compare_are_not_read():
    text = b"---\na: 1\n" * MOST_DOCUMENTS
    assert len(load(text, "policies/x.yaml").documents) == MOST_DOCUMENTS
    for more in (b"---\na: 1\n", b"---\na: *b\n---\na: 1\n"):
        refused = load(text + more, "policies/x.yaml")
        assert (refused.documents, [each.rule for each in refused.findings]) == ((), ["yaml-too-large"])


def test_identities_may_be_larger_than_what_can_be_split():
    text = b"# %s\na: 1\n" % (b"x" * LARGEST)
    assert load(text, "identities.yaml").findings == ()
    assert [each.rule for each in load(text, "policies/x.yaml").findings] == ["yaml-too-large"]


def test_a_document_with_a_thousand_slips_is_told_some_of_them():
    slips = {f"maxValidFr{number}": "1h" for number in range(1000)}
    document = Document(
        "x.yaml", {"apiVersion": HEAD.split()[1], "kind": "BreakglassSession", "metadata": {"name": "x"}, "spec": slips}
    )
    findings = schema_catalog().validate(document)
    assert len(findings) == MOST_FINDINGS + 1
    assert [each.message for each in findings if "more than" in each.message] == [
        "there are more than 100 findings about this document"
    ]


@pytest.mark.parametrize(
    "text, rule, message",
    [
        (
            one(
                "DebugSessionTemplate",
                "\n  podTemplateString: x\n  extraDeployVariables:\n"
                + "".join(f"  - {{name: v{n}}}\n" for n in range(101)),
            ),
            "debug-variable",
            "there are 101 variables; at most 100 are judged",
        ),
        (
            one(
                "IdentityProvider",
                "\n  issuer: https://a\n  oidc: {authority: https://a, clientID: a, expectedAudience: b}\n"
                "  sessionLimits:\n    groupOverrides:\n"
                + "".join(f"    - {{group: g{n}, unlimited: true}}\n" for n in range(101)),
            ),
            "session-limits",
            "there are 101 overrides; at most 100 are judged",
        ),
    ],
)
def test_what_is_not_judged_is_refused(text, rule, message):
    files = {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in EXAMPLE.rglob("*.yaml")}
    findings = check(
        {**files, "policies/x.yaml": text.encode()}, loader=yamlfile.load, catalog=schema_catalog()
    ).findings
    assert [(each.message, each.is_error) for each in findings if each.rule == rule] == [(message, True)]
