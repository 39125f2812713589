"""`ledger` at the command line: what it says of a ledger that holds, of one that does not, and where it can't know."""

import json
import re

import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.cli.main import main
from tests.cli.test_json_output import fits
from tests.cli.test_reconcile import installed, reconcile
from tests.e2e.attacks import asks_and_gets

UNSEEN = (
    "What no anchor from outside covers can't be seen: entries cut off at the end, or a ledger that whoever has the"
    " reconciler's key wrote anew. Keep the head, or an export, where they can't write.\n"
)


def run(stage, *words, code=0):
    result = CliRunner().invoke(main, ["ledger", *words, "--repo", str(stage.world.path)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def of_prod(stage, *words, code=0):
    return run(stage, *words, "--cluster", "prod", code=code)


def verified(stage, *words, code=0):
    """What `verify` says of prod, as JSON."""
    data = json.loads(run(stage, "verify", *words, "--format", "json", code=code))
    fits("ledger", data)
    return data["ledgers"][-1]


def rules(stage, *words):
    return [each["rule"] for each in verified(stage, "--cluster", "prod", *words, code=3)["findings"]]


@pytest.fixture
def stage(tmp_path):
    found = installed(tmp_path)
    asks_and_gets(found)
    reconcile(found)
    return found


@pytest.fixture
def prod(stage):
    return ManifestsCluster("prod", stage.world.path / "out" / "prod", SystemClock())


def page(prod, number=1):
    (found,) = [each for each in prod.ledger().pages if each.key.name == f"ledger-{number:010d}"]
    return found


def head(stage):
    found = verified(stage, "--cluster", "prod")["head"]
    return f"{found['sequence']}:{found['hash']}"


def test_a_ledger_that_holds_says_so_and_says_what_it_can_not_know(stage):
    first, *lines = run(stage, "verify").splitlines(keepends=True)
    assert [first, *lines[:3]] == ["edge\n", "  no entries\n", "  it holds\n", "prod\n"]
    assert lines[3].startswith("  2 entries from ")
    assert lines[4] == f"  head {head(stage)}\n"
    assert lines[5:] == ["  it holds\n", UNSEEN]


def test_the_head_is_an_anchor_by_number_and_by_hash_alone(stage):
    anchor = of_prod(stage, "anchor").removeprefix("prod ").strip()
    assert anchor == head(stage)
    for given in (anchor, anchor.partition(":")[2]):
        assert "  held against 1 anchor from outside\n" in of_prod(stage, "verify", "--anchor", given)


@pytest.mark.parametrize(
    ("given", "rule"),
    [("3:" + "0" * 64, "ledger-rollback"), ("1:" + "0" * 64, "ledger-rewritten"), ("0" * 64, "ledger-rollback")],
)
def test_an_anchor_that_is_not_in_it_is_a_finding(stage, given, rule):
    assert rules(stage, "--anchor", given) == [rule]


def test_the_report_of_a_run_is_an_anchor(stage):
    asks_and_gets(stage, "prod/inc-2", reason="INC-2: down")
    words = [
        "reconcile",
        "--cluster",
        "prod",
        "--repo",
        str(stage.world.path),
        "--key",
        str(stage.folder / "reconciler"),
    ]
    told = CliRunner().invoke(main, words, catch_exceptions=False).stdout.splitlines()[-2]
    assert told == f"  ledger at {head(stage)}"
    assert reconcile(stage, "--cluster", "prod")["clusters"][0]["ledger"] == head(stage)


@pytest.mark.parametrize("given", ["", "abc", "0:" + "0" * 64, "1:" + "A" * 64])
def test_what_is_no_anchor_is_refused(stage, given):
    of_prod(stage, "verify", "--anchor", given, code=2)


def test_an_anchor_without_its_ledger_is_refused(stage):
    run(stage, "verify", "--anchor", "0" * 64, code=2)


def test_a_page_that_was_taken_away_is_missed_by_the_checkpoint_and_by_the_record(stage, prod):
    prod.delete(page(prod))
    assert rules(stage) == ["ledger-rollback", "ledger-unrecorded"]
    assert "ends at 0" in of_prod(stage, "verify", code=3)


def test_an_edited_entry_is_told_with_its_page_and_place(stage, prod):
    live = page(prod)
    entries = [dict(each) for each in live.manifest["spec"]["entries"]]
    entries[0]["payload"] = entries[0]["payload"].replace("alice", "erin")
    prod.replace(live, {**live.manifest, "spec": {"entries": entries}})
    told = of_prod(stage, "verify", code=3)
    assert "prod/ledger-0000000001:1: error[ledger-edited] the entry was changed after it was signed\n" in told
    assert rules(stage) == ["ledger-edited", "ledger-unrecorded"]
    assert (
        "not all of it is shown"
        in CliRunner().invoke(main, ["ledger", "show", "--repo", str(stage.world.path)], catch_exceptions=False).output
    )


def test_a_page_that_is_no_yaml_and_one_under_another_name_are_told(stage, prod):
    live = page(prod)
    prod.create({**live.manifest, "metadata": {**live.manifest["metadata"], "name": "ledger-0000000009"}})
    assert sorted(set(rules(stage))) == ["ledger-edited", "ledger-fork"]
    folder = stage.world.path / "out" / "prod" / ".state" / "ledgerpage" / "gitops-breakglass"
    (folder / "ledger-0000000009.yaml").write_text("{")
    assert rules(stage) == ["ledger-edited"]


def test_an_export_is_verified_without_the_cluster(stage, prod, tmp_path):
    file = tmp_path / "prod.jsonl"
    file.write_text(of_prod(stage, "export"))
    assert [sorted(json.loads(line)) for line in file.read_text().splitlines()] == [
        ["key", "payload", "payloadType", "signature"]
    ] * 2
    anchor = head(stage)
    prod.delete(page(prod))
    ledger = verified(stage, "--file", str(file), "--anchor", anchor)
    assert (ledger["entries"], ledger["source"]) == (2, str(file))
    first, second = file.read_text().splitlines(keepends=True)
    for content, rule, line in ((second, "ledger-gap", 1), (first + "[1]\n" + second, "ledger-edited", 2)):
        file.write_text(content)
        (finding,) = verified(stage, "--file", str(file), code=3)["findings"]
        assert (finding["rule"], finding["path"], finding["line"]) == (rule, str(file), line)
    for broken in ("\xff", "{", "[" * 100_000, "1", json.dumps({**json.loads(first), "payload": "\ud800"})):
        file.write_bytes(f"{broken}\n".encode("latin-1") + second.encode())
        assert [each["rule"] for each in verified(stage, "--file", str(file), code=3)["findings"]] == ["ledger-edited"]
    run(stage, "verify", "--file", str(file), "--cluster", "prod", code=2)


def test_an_export_is_of_one_cluster(stage):
    run(stage, "export", code=2)


def test_what_is_shown_is_who_had_what_from_whom_and_until_when(stage):
    header, row = of_prod(stage, "show").splitlines()
    assert header.split("  ")[0] == "REQUEST"
    assert row.startswith(
        f"prod/inc-1  alice@example.com  escalation/pod-shell-access  ben ({stage.ben.fingerprint})  "
    )
    assert row.split()[-3:] == ["-", "-", "-"]
    for time in row.split()[-5:-3]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    CliRunner().invoke(main, ["revoke", "prod/inc-1", "--repo", str(stage.world.path)], catch_exceptions=False)
    reconcile(stage)
    data = json.loads(of_prod(stage, "show", "--format", "json"))
    fits("ledger-requests", data)
    (told,) = data["requests"]
    assert (told["why"], told["approvers"]) == ("revoked", [f"ben ({stage.ben.fingerprint})"])
    assert 0 <= told["lagSeconds"] < 60
    assert told["decidedAt"] <= told["grantedAt"] <= told["endedAt"]


def test_a_signed_tag_is_an_anchor_until_the_end_of_time(stage, prod):
    stage.world.git("config", "user.name", "Dana")
    stage.world.git("config", "user.email", "dana@example.com")
    told = of_prod(stage, "anchor", "--tag", "--key", str(stage.dana.key))
    assert told.endswith("Signed: tag breakglass/ledger/prod/2.\n")
    assert verified(stage, "--cluster", "prod")["anchors"][0]["source"] == "tag breakglass/ledger/prod/2"
    of_prod(stage, "anchor", "--tag", "--key", str(stage.dana.key), code=2)
    for live in prod.read().objects:
        if live.key.kind in ("Checkpoint", "Grant"):
            prod.delete(live)
    prod.delete(page(prod))
    assert rules(stage) == ["ledger-rollback"]


def test_a_ledger_without_entries_has_nothing_to_anchor(tmp_path):
    stage = installed(tmp_path)
    of_prod(stage, "anchor", "--tag", "--key", str(stage.dana.key), code=2)


def tagged(stage, who, message, *, name="breakglass/ledger/prod/9", **words):
    who.tags(name, "main", message, **words)
    return verified(stage, "--cluster", "prod")


def message(stage, number=9, digest="0" * 64, uid=None):
    uid = uid or ManifestsCluster("prod", stage.world.path / "out" / "prod", SystemClock()).read().uid
    return f"The ledger of prod\n\nentry: {number}\nsha256: {digest}\ncluster: {uid}\n"


def test_only_a_tag_that_is_signed_by_somebody_who_is_known_is_an_anchor(stage):
    good = message(stage)
    assert tagged(stage, stage.mallory, good)["notes"] == [
        f"tag breakglass/ledger/prod/9 is signed by {stage.mallory.fingerprint}, whom nothing here names, so it is no anchor"
    ]
    assert tagged(stage, stage.dana, good, signed=False, force=True)["notes"] == [
        "tag breakglass/ledger/prod/9 is not signed, so it is no anchor"
    ]
    assert tagged(stage, stage.dana, message(stage, 8), force=True)["notes"] == [
        "tag breakglass/ledger/prod/9 does not say which entry it is on, so it is no anchor"
    ]
    assert tagged(stage, stage.dana, message(stage, uid="u-2"), force=True)["notes"] == [
        "tag breakglass/ledger/prod/9 is of another cluster that had this name, so it is no anchor"
    ]
    stage.dana.tags("breakglass/ledger/prod/9", "main", good, force=True)
    assert rules(stage) == ["ledger-rollback"]
    stage.world.git("tag", "-d", "breakglass/ledger/prod/9")
    stage.dana.tags("other", "main", good, ref="breakglass/ledger/prod/9")
    assert verified(stage, "--cluster", "prod")["notes"] == [
        "tag breakglass/ledger/prod/9 was made as other, so it is no anchor"
    ]
    stage.world.git("update-ref", "refs/tags/breakglass/ledger/prod/9", "main")
    assert verified(stage, "--cluster", "prod")["notes"] == [
        "tag breakglass/ledger/prod/9 is on something without a signature, so it is no anchor"
    ]


def test_a_decision_that_waits_for_its_entry_is_a_note(stage, prod):
    (record,) = [each for each in prod.read().objects if each.key.kind == "Grant"]
    status = {name: value for name, value in record.manifest["status"].items() if name != "ledger"}
    prod.replace_status(record.key, {"metadata": {}, "status": status})
    (checkpoint,) = [each for each in prod.read().objects if each.key.kind == "Checkpoint"]
    prod.delete(checkpoint)
    prod.delete(page(prod))
    assert verified(stage, "--cluster", "prod")["notes"] == ["1 decided and not told yet: the next run writes it down"]


def test_a_cluster_that_can_not_be_read_is_told_and_is_no_answer(stage):
    (stage.world.path / "out" / "edge").rename(stage.folder / "gone")
    data = json.loads(run(stage, "verify", "--format", "json", code=7))
    assert [bool(each["unreachable"]) for each in data["ledgers"]] == [True, False]
    run(stage, "show", code=7)
    assert run(stage, "anchor", code=7) == f"prod {head(stage)}\n"
