"""The attacks on parsing of the threat model, B1 to B12, each in every kind of document that a repository may have."""

import re
from pathlib import Path

import pytest

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.flows.check import check

ROOT = Path(__file__).parents[2]
FILES = dict(read_folder(ROOT / "examples" / "access-repo").files)
SEEDS = {seed.name: seed.read_bytes()[1:] for seed in sorted((ROOT / "tests" / "fuzz" / "corpus").iterdir())}
ASKS = re.compile(rb"^kind: (BreakglassSession|Breakglass|DebugSession)$", re.MULTILINE)
every_kind = pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)


def place_of(content):
    for kind, path in ((b"Identities", "identities.yaml"), (b"Configuration", "breakglass.yaml")):
        if b"kind: " + kind + b"\n" in content:
            return path
    return "requests/prod-eu-1/fuzzed.yaml" if ASKS.search(content) else "policies/x.yaml"


def rules(content, path=None):
    """Return the ids of the errors about this content, at the place where its kind belongs."""
    path = path or place_of(content)
    found = check({**FILES, path: content}, loader=yamlfile.load, catalog=schema_catalog()).findings
    return {each.rule for each in found if each.location.path == path and each.is_error}


@every_kind
def test_b1_a_key_that_is_given_twice(seed):
    assert "yaml-duplicate-key" in rules(seed.rstrip(b"\n") + b"\nkind: Other\n")


@every_kind
@pytest.mark.parametrize("bomb", [b"&a x", b"*a", b"&a [*a]", b"{<<: *a}", b"&a {b: *a}"])
def test_b2_anchors_aliases_and_merges(seed, bomb):
    assert rules(seed.rstrip(b"\n") + b"\nextra: " + bomb + b"\n") & {"yaml-alias", "yaml-syntax"}


@every_kind
@pytest.mark.parametrize("deep", [b"[" * 30000, b"{a: " * 15000, b"[" * 30000 + b"]" * 30000])
def test_b3_64_kibibytes_of_nesting(seed, deep):
    assert rules(seed.rstrip(b"\n") + b"\nextra: " + deep) & {"yaml-too-deep", "yaml-too-large"}


@every_kind
def test_b4_a_huge_file(seed):
    assert "yaml-too-large" in rules(seed + b"# " + b"x" * 2 * yamlfile.LARGEST)


@every_kind
@pytest.mark.parametrize(
    "word", [b"yes", b"On", b"1:30:00", b"12:30", b"010", b"1_000", b"2026-01-01", b".nan", b".inf", b"0o7", b"~"]
)
def test_b5_words_that_readers_take_for_different_things(seed, word):
    assert rules(seed.rstrip(b"\n") + b"\nextra: " + word + b"\n") & {"yaml-ambiguous-scalar", "schema"}


@every_kind
@pytest.mark.parametrize(
    "before, after, rule",
    [
        (b"\xef\xbb\xbf", b"", "yaml-encoding"),
        (b"", b"\xff", "yaml-encoding"),
        (b"", b"\nextra: !!python/object:os.system x\n", "yaml-tag"),
        (b"%TAG ! tag:x,2026:\n---\n", b"\nextra: !x y\n", "yaml-tag"),
    ],
)
def test_b6_byte_order_marks_other_encodings_and_tags(seed, before, after, rule):
    assert rule in rules(before + seed.rstrip(b"\n") + after)


def test_b6_a_second_document_in_a_request():
    (asks,) = [seed for name, seed in SEEDS.items() if name == "breakglass-session-1"]
    assert "yaml-several-documents" in rules(asks + b"---\n" + asks)


@every_kind
@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\u0085", "\u200b", "\u202e", "\u2066", "\ufeff"])
def test_b7_characters_that_are_not_seen(seed, character):
    raw = rules(seed.rstrip(b"\n") + b"\n# " + character.encode() + b"\n")
    escaped = rules(seed.rstrip(b"\n") + f'\nextra: "\\u{ord(character):04x}"\n'.encode())
    assert "yaml-control-character" in raw
    assert "yaml-control-character" in escaped


@pytest.mark.parametrize("name", ["pr\u043ed", "\uff50rod", "prod\u0301", "pro\u0064\u200c"])
@pytest.mark.parametrize("kind", ["ClusterConfig", "BreakglassEscalation", "DebugSessionTemplate", "IdentityProvider"])
def test_b7_names_that_look_like_others(kind, name):
    text = f"apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{}}\n"
    assert rules(text.encode(), "policies/x.yaml") & {"schema", "yaml-control-character"}


@pytest.mark.parametrize(
    "path",
    [
        "requests/prod-eu-1/we\nird.yaml",
        "requests/prod-eu-1/..yaml",
        "requests/../requests/x.yaml",
        "requests/prod-eu-1/../x.yaml",
        "requests/prod-eu-1/X.yaml",
        "requests/Prod-eu-1/x.yaml",
        "requests/prod-eu-1/::error::.yaml",
        "requests/prod-eu-1/x.yml",
        "requests/prod-eu-1/deep/x.yaml",
        "requests/prod-eu-1/x .yaml",
        "requests/prod-eu-1/-x.yaml",
        "requests/policy/x.yaml",
        "requests/prod-eu-1/" + "x" * 53 + ".yaml",
        "requests/" + "c" * 64 + "/x.yaml",
    ],
)
def test_b8_b9_paths_that_lead_elsewhere_or_make_names_too_long(path):
    assert "request-path" in rules(FILES["requests/prod-eu-1/inc-4711-checkout.yaml"], path)


@pytest.mark.parametrize(
    "start",
    ["2026-01-01T09:00:00", "2026-01-01", "20260101T090000Z", "2026-02-30T09:00:00Z", "2026-01-01T09:00:00Z\\n"],
)
def test_b10_times_that_are_not_one_instant(start):
    path = "requests/prod-eu-1/inc-4711-checkout.yaml"
    text = FILES[path] + f'  scheduledStartTime: "{start}"\n'.encode()
    assert rules(text, path) & {"invalid-time", "schema"}


@pytest.mark.parametrize("duration", ["1h\\n", "\\u0661h", " 1h", "1H", "9" * 400 + "h", "-1h", "1e9h", ""])
def test_b10_b11_durations_that_a_pattern_alone_would_let_through(duration):
    path = "requests/prod-eu-1/inc-4711-checkout.yaml"
    text = re.sub(rb"maxValidFor: .*", f'maxValidFor: "{duration}"'.encode().replace(b"\\", rb"\\"), FILES[path])
    assert rules(text, path) & {"InvalidDuration", "schema", "yaml-control-character"}


@pytest.mark.parametrize("name", ["prod-eu-1\\n", "prod\\u0661", "prod-eu-1 ", ""])
def test_b11_identifiers_end_where_they_end(name):
    text = f'apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: ClusterConfig\nmetadata: {{name: "{name}"}}\nspec: {{}}\n'
    assert "schema" in rules(text.encode(), "clusters/x.yaml")


@every_kind
def test_b12_kinds_versions_and_fields_of_another_case_or_none(seed):
    kind = re.search(rb"^kind: (\w+)$", seed, re.MULTILINE)[1]
    version = re.search(rb"^apiVersion: (\S+)$", seed, re.MULTILINE)[1]
    place = place_of(seed)
    for old, new in (
        (b"kind: " + kind, b"kind: " + kind.lower()),
        (b"kind: " + kind, b"kind: " + kind + b"s"),
        (version, version.upper()),
        (version, version + b"2"),
        (version, version.replace(b"/", b".evil/") if b"/" in version else b"v2"),
    ):
        assert "unknown-kind" in rules(seed.replace(old, new, 1), place)
    assert "schema" in rules(seed.rstrip(b"\n") + b"\nStatus: {}\n", place)
