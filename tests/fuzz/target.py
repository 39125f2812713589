"""What the fuzzer calls: one file of an access repository is any bytes, and everything beside it is as it should be."""

from functools import cache
from pathlib import Path

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.core.validate import ParsedFile, judge_policy, verdict_on
from gitops_breakglass.flows.load import parse_policy, parse_request
from gitops_breakglass.report.findings.sarif import told_as_sarif
from gitops_breakglass.report.findings.text import told_as_text
from gitops_breakglass.report.findings.told import Told

EXAMPLE = Path(__file__).parents[2] / "examples" / "access-repo"
PATHS = (
    "requests/prod-eu-1/fuzzed.yaml",
    "policies/fuzzed.yaml",
    "clusters/fuzzed.yaml",
    "identities.yaml",
    "breakglass.yaml",
)
"""Where the bytes lie; the first byte of an input chooses."""
GOOD = "requests/prod-eu-1/inc-4711-checkout.yaml"


@cache
def _base():
    """Return the example's files as they are parsed, the facts of its policy side, and its good request."""
    files = read_folder(EXAMPLE).files
    policy = {file.path: file for file in parse_policy(files, loader=yamlfile.load)}
    facts, findings = judge_policy(list(policy.values()), commit="c0", schemas=schema_catalog())
    assert findings == ()
    return policy, facts, parse_request(GOOD, files[GOOD], blob=None, loader=yamlfile.load)


def judge(data):
    """Judge the repository with these bytes in it, and return what is told; an exception is a bug of ours."""
    path, content = PATHS[(data[0] if data else 0) % len(PATHS)], data[1:]
    policy, facts, good = _base()
    if path.startswith("requests/"):
        findings = verdict_on(
            parse_request(path, content, blob=None, loader=yamlfile.load), facts, schemas=schema_catalog()
        ).findings
        assert {finding.location.path for finding in findings} <= {path}
    else:
        loaded = yamlfile.load(content, path)
        files = {**policy, path: ParsedFile(path, content, loaded.documents, loaded.findings)}
        facts, findings = judge_policy(list(files.values()), commit="c0", schemas=schema_catalog())
        about_good = verdict_on(good, facts, schemas=schema_catalog()).findings
        assert facts is not None or about_good == ()
        findings = (*findings, *about_good)
    told = Told(findings, source=lambda asked: content.decode(errors="replace") if asked == path else None)
    told_as_text(told)
    told_as_sarif(told)
    return findings
