"""Whatever lies in an access repository, `check` gives findings, and the good files beside it keep their verdicts."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.flows.check import check
from gitops_breakglass.report.findings.sarif import told_as_sarif
from gitops_breakglass.report.findings.text import told_as_text
from gitops_breakglass.report.findings.told import Told

ROOT = Path(__file__).parents[2]
EXAMPLE = read_folder(ROOT / "examples" / "access-repo").files
# Without the policies that narrow a request, of which a note is made.
FILES = {path: content for path, content in EXAMPLE.items() if not path.startswith("policies/deny/")}
WITH = {"loader": yamlfile.load, "catalog": schema_catalog()}
CORPUS = sorted((ROOT / "tests" / "fuzz" / "corpus").iterdir())
GOOD = [seed.read_bytes()[1:] for seed in CORPUS]
"""A full document of each kind."""

PATHS = st.one_of(
    st.sampled_from(sorted(FILES)),
    st.sampled_from(
        [
            "requests/prod-eu-1/x.yaml",
            "requests/prod-eu-1/X.yaml",
            "requests/prod-eu-1/..yaml",
            "requests/../x.yaml",
            "requests/prod-eu-1/we\nird.yaml",
            "requests/x.yaml",
            "policies/x.yaml",
            "policies/::error::.yaml",
            "policies/deep/er/x.yml",
            "clusters/x.yaml",
        ]
    ),
    st.text(max_size=20).map(lambda name: f"requests/prod-eu-1/{name}.yaml"),
)
WORDS = st.sampled_from(
    [
        b"null",
        b"[]",
        b"{}",
        b"true",
        b"-1",
        b"9" * 400,
        b"1e999",
        b"0h",
        b"'*'",
        b'"\\0"',
        b"'\xe2\x80\xae'",
        b"&a x",
        b"!!python/x y",
        b"?",
    ]
)


@st.composite
def mutated(draw):
    """Draw a full document of some kind, with a few values, lines or bytes of it exchanged."""
    text = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 4))):
        lines = text.split(b"\n")
        index = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["value", "drop", "twice", "indent", "byte", "case"])):
            case "value":
                lines[index] = lines[index].partition(b":")[0] + b": " + draw(WORDS)
            case "drop":
                del lines[index]
            case "twice":
                lines.insert(index, lines[index])
            case "indent":
                lines[index] = b"  " + lines[index]
            case "byte":
                at = draw(st.integers(0, len(lines[index])))
                lines[index] = lines[index][:at] + draw(st.binary(min_size=1, max_size=3)) + lines[index][at:]
            case "case":
                lines[index] = lines[index].swapcase()
        text = b"\n".join(lines)
    return text


CONTENTS = st.one_of(mutated(), st.binary(max_size=300), st.text(max_size=200).map(str.encode))


def told(findings):
    return [(each.rule, each.message, each.location, each.severity, each.hint) for each in findings]


@settings(max_examples=60)
@given(st.dictionaries(PATHS, CONTENTS, min_size=1, max_size=3))
def test_any_bytes_in_any_files_are_findings_and_every_report_can_tell_them(files):
    found = check({**FILES, **files}, **WITH).findings
    shown = Told(found, source=lambda path: files.get(path, b"").decode(errors="replace"))
    assert told_as_text(shown).count("\n") >= len(found)
    told_as_sarif(shown)
    assert not any(character in told_as_text(shown) for character in "\0\x1b\u202e")


@settings(max_examples=60)
@given(st.text("abcx", min_size=1, max_size=5), CONTENTS)
def test_a_bad_request_changes_nothing_that_is_told_of_the_files_beside_it(name, content):
    path = f"requests/prod-eu-1/bad-{name}.yaml"
    found = check({**FILES, path: content}, **WITH).findings
    assert {each.location.path for each in found} <= {path}


@settings(max_examples=60)
@given(CONTENTS)
def test_a_bad_policy_loses_itself_and_at_most_what_it_may_have_forbidden(content):
    """Other files are told of only where the bad one could have been about them: by a name, a binding or a deny policy."""
    found = check({**FILES, "policies/x.yaml": content}, **WITH).findings
    about_others = {each.rule for each in found if each.location.path != "policies/x.yaml"}
    assert {rule for rule in about_others if not rule.startswith("recommend-")} <= {
        "ambiguous-escalation",
        "deny-policy-narrows",
        "deny-policy-refuses",
        "duplicate-name",
        "no-offer-fits",
        "unknown-cluster",
        "unknown-debug-template",
        "unknown-escalation",
        "unreadable-policy",
    }
