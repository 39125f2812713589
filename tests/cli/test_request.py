"""Asking from the command line, in real clones with real keys."""

import click
import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.worktree import WorkTree
from gitops_breakglass.cli.approve import approve
from gitops_breakglass.cli.request import request
from gitops_breakglass.flows.ask.draft import Wish, draft
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import parse_duration, parse_time
from tests.cli.example_clone import FILE, WHAT, asks, example_world, run
from tests.contract.forge.facts import NOW
from tests.git.world import branch_of, path_of


@pytest.fixture
def world(tmp_path):
    return example_world(tmp_path)


def test_a_request_is_committed_signed_on_its_branch_and_says_what_is_next(world):
    alice, main = world.person("alice"), world.tip
    code, output, _ = asks(world, alice)
    head = world.head(branch_of(WHAT))
    assert code == 0
    assert output == (
        f"Request prod-eu-1/inc-1 by alice is on branch breakglass/prod-eu-1/inc-1, commit {head[:12]}.\n"
        + "".join(f"  {line}\n" for line in FILE.splitlines())
        + "Next:\n"
        "  have it approved by chloe, dana, who runs\n"
        "    gitops-breakglass approve prod-eu-1/inc-1\n"
        "  git checkout main && git merge --no-ff breakglass/prod-eu-1/inc-1\n"
    )
    assert world.tip == main
    assert world.git("show", f"{head}:{path_of(WHAT)}") == FILE.strip()
    change = world.forge().proposed(branch_of(WHAT), tip=main, sights={}, now=NOW)
    assert (change.author, change.base, len(change.commits), len(change.files)) == (alice.account, main, 1, 1)


def test_a_dirty_work_tree_stays_as_it_is(world):
    world.git("config", "core.autocrlf", "true")
    (world.path / "identities.yaml").write_text("half written")
    (world.path / "new.yaml").write_text("staged")
    world.git("add", "new.yaml")
    before = world.git("status", "--porcelain=v2", "--branch")
    assert asks(world, world.person("alice"))[0] == 0
    assert run(approve, world, world.person("dana"), WHAT)[0] == 0
    assert world.git("status", "--porcelain=v2", "--branch") == before
    assert world.git("show", f"{branch_of(WHAT)}:{path_of(WHAT)}") == FILE.strip()


def test_what_would_be_refused_is_not_written(world):
    code, output, _ = asks(world, world.person("alice"), escalation="restrat")
    assert code == 3
    assert "error[unknown-escalation]" in output
    assert "so nothing was written" in output
    assert world.git("branch", "--list", "breakglass/*") == ""


def test_git_without_a_key_is_told_how_to_get_one(world):
    code, _, (message, hint) = asks(world, None)
    assert (code, message) == (2, "git has no SSH key to sign with")
    assert [line.strip() for line in hint.splitlines() if "git config" in line] == [
        "git config --global gpg.format ssh",
        "git config --global user.signingkey ~/.ssh/id_ed25519.pub",
        "git config --global commit.gpgsign true",
    ]


@pytest.mark.parametrize("spelled", ["path", "literal", "key::literal"])
def test_the_key_that_git_is_configured_with_signs(world, spelled):
    alice = world.person("alice")
    key = {"path": str(alice.key), "literal": alice.public_key, "key::literal": f"key::{alice.public_key}"}[spelled]
    world.git("config", "gpg.format", "ssh")
    world.git("config", "user.signingkey", key)
    assert WorkTree(world.path).fingerprint() == alice.fingerprint


def test_a_key_that_is_no_key_is_said_to_be_none(world):
    file = world.root / "no-key"
    file.write_text("nothing")
    with pytest.raises(UsageError, match="can't be read"):
        WorkTree(world.path, str(file)).fingerprint()


def test_a_strangers_key_asks_and_approves_nothing(world):
    mallory = world.person("mallory")
    expected = f"the signing key {mallory.fingerprint} is nobody's in identities.yaml, or may not be used now"
    assert asks(world, mallory)[2][0] == expected
    asks(world, world.person("alice"))
    assert run(approve, world, mallory, WHAT)[2][0] == expected


def test_a_name_is_used_once(world):
    alice = world.person("alice")
    asks(world, alice)
    assert "there is a branch" in asks(world, alice)[2][0]
    world.merge(WHAT)
    world.git("branch", "-D", branch_of(WHAT))
    world.policy({path_of(WHAT): None})
    assert "was on the default branch before" in asks(world, alice)[2][0]


def test_a_branch_that_appears_meanwhile_is_left_alone(world):
    clone = WorkTree(world.path, str(world.person("alice").key))
    first = clone.commit_file("some/branch", world.tip, path="a.yaml", content=b"1", message="first")
    with pytest.raises(UsageError, match="git update-ref failed"):
        clone.commit_file("some/branch", world.tip, path="a.yaml", content=b"2", message="second")
    assert clone.branch_head("some/branch") == first


def test_what_is_not_offered_to_somebody_is_said_at_once(world):
    dana = world.person("dana")
    assert asks(world, dana)[2][0] == "escalation/restart is not offered to dana"


@pytest.mark.parametrize("name", ["Inc-1", "../x", "a/b", "-x", "x" * 53, ""])
def test_a_name_that_is_no_name_is_refused(world, name):
    code, _, (message, _) = run(
        request, world, world.person("alice"), "--escalation", "restart", "--", "prod-eu-1", name
    )
    assert (code, message) == (2, f"no request can be called prod-eu-1/{name}")


@pytest.mark.parametrize("words", [(), ("--escalation", "restart", "--cluster-role", "view")])
def test_either_an_escalation_or_roles(world, words):
    code, _, (message, _) = run(request, world, world.person("alice"), *WHAT.split("/"), *words)
    assert (code, message) == (2, "say what is asked for")


@pytest.mark.parametrize(
    "words", [("--duration", "1 hour"), ("--start", "tomorrow"), ("--start", "2026-01-01T00:00:00")]
)
def test_times_that_are_none_are_refused(world, words):
    code, _, (message, _) = asks(world, world.person("alice"), "--escalation", "restart", *words)
    assert code == 2
    assert message.startswith(words[0])


def test_cluster_roles_are_asked_for_with_a_breakglass(world):
    words = ("--cluster-role", "view", "--duration", "1h", "--reason", "look")
    code, output, _ = asks(world, world.person("ben"), *words)
    assert code == 0, output
    assert "  have it approved by chloe, dana, who runs\n" in output
    assert world.git("show", f"{branch_of(WHAT)}:{path_of(WHAT)}").startswith(
        "apiVersion: access.cloudnimbus.io/v1alpha1"
    )


RECURRING = ("--cluster-role", "view", "--duration", "8h", "--cron", "0 9 * * 1-5", "--location", "Europe/Berlin")
"""As somebody types it who is on duty each weekday."""


def offering(world, *lines):
    """The example's offer with more lines."""
    path = world.path / "breakglass.yaml"
    text = path.read_text()
    assert text.count("    maxDuration: 8h\n") == 1
    more = "".join(f"    {line}\n" for line in lines)
    world.policy({"breakglass.yaml": text.replace("    maxDuration: 8h\n", f"    maxDuration: 8h\n{more}")})


def test_recurring_access_is_asked_for_in_one_line(world):
    offering(world, "recurring: true")
    words = (*RECURRING, "--max-activations", "10", "--end", "2026-12-31T23:59:59Z", "--approver", "chloe@example.com")
    code, output, _ = asks(world, world.person("ben"), *words)
    assert code == 0, output
    assert "  have it approved by chloe, who runs\n" in output
    assert world.git("show", f"{branch_of(WHAT)}:{path_of(WHAT)}") == (
        "apiVersion: access.cloudnimbus.io/v1alpha1\n"
        "kind: Breakglass\n"
        "metadata:\n"
        "  name: inc-1\n"
        "spec:\n"
        "  approval:\n"
        "    required: true\n"
        "    approvers:\n"
        '      - "chloe@example.com"\n'
        "  clusterRoles:\n"
        "    - view\n"
        "  schedule:\n"
        '    cron: "0 9 * * 1-5"\n'
        "    duration: 8h\n"
        '    end: "2026-12-31T23:59:59Z"\n'
        '    location: "Europe/Berlin"\n'
        "    maxActivations: 10"
    )


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ((*RECURRING, "--max-activations", "10"), "no-offer-fits"),
        (("--cluster-role", "view", "--duration", "1h", "--cron", "0 25 * * *"), "InvalidCronExpression"),
        (("--cluster-role", "view", "--duration", "1h", "--approver", "eve@example.com"), "approvers-unknown"),
        (("--cluster-role", "view", "--duration", "1h", "--no-approval"), "ApprovalRequired"),
    ],
)
def test_a_breakglass_that_check_would_refuse_is_not_written(world, words, rule):
    code, output, _ = asks(world, world.person("ben"), *words)
    assert code == 3
    assert f"error[{rule}]" in output
    assert world.git("branch", "--list", "breakglass/*") == ""


def test_what_needs_no_approval_says_so_in_its_file(world):
    offering(world, "approvalOptional: true")
    code, output, _ = asks(world, world.person("ben"), "--cluster-role", "view", "--duration", "1h", "--no-approval")
    assert code == 0, output
    assert output.endswith(f"Next:\n  git checkout main && git merge --no-ff {branch_of(WHAT)}\n")
    assert "  approval:\n    required: false\n" in world.git("show", f"{branch_of(WHAT)}:{path_of(WHAT)}")


@pytest.mark.parametrize(
    "words",
    [
        ("--cluster-role", "view", "--location", "UTC"),
        ("--cluster-role", "view", "--max-activations", "3"),
        ("--escalation", "restart", "--cron", "0 9 * * *"),
        ("--escalation", "restart", "--approver", "chloe@example.com"),
        ("--escalation", "restart", "--no-approval"),
    ],
)
def test_options_that_do_not_go_together_are_told(world, words):
    code, _, (_, hint) = asks(world, world.person("ben"), "--duration", "1h", *words)
    assert (code, "--cron" in hint) == (2, True)


def test_who_may_approve_themselves_needs_nobody(world):
    what = "staging-eu-1/inc-1"
    _, output, _ = asks(world, world.person("alice"), what=what, escalation="restart-staging")
    assert output.endswith(f"Next:\n  git checkout main && git merge --no-ff {branch_of(what)}\n")


def test_a_draft_is_as_short_as_what_it_says():
    wish = Wish(
        RequestId("prod", "on"), "pod-shell", (), parse_duration("90m"), parse_time("2026-01-31T09:00:00+01:00")
    )
    assert draft(wish) == (
        "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\n"
        "kind: BreakglassSession\n"
        "metadata:\n"
        '  name: "on"\n'
        "spec:\n"
        "  escalation: pod-shell\n"
        "  maxValidFor: 1h30m\n"
        '  scheduledStartTime: "2026-01-31T08:00:00Z"\n'
    )
    roles = Wish(RequestId("prod", "inc-1"), None, ("view", "system:node"), parse_duration("1h"), None, 'say "why"')
    assert draft(roles) == (
        "apiVersion: access.cloudnimbus.io/v1alpha1\n"
        "kind: Breakglass\n"
        "metadata:\n"
        "  name: inc-1\n"
        "spec:\n"
        "  clusterRoles:\n"
        "    - view\n"
        '    - "system:node"\n'
        "  schedule:\n"
        "    duration: 1h\n"
        '  justification: "say \\"why\\""\n'
    )


def test_both_commands_explain_themselves():
    for command in (request, approve):
        shown = CliRunner().invoke(command, ["--help"])
        assert shown.exit_code == 0
        assert isinstance(command, click.Command)


DEBUG = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSession
metadata:
  name: inc-1
spec:
  cluster: prod-eu-1
  templateRef: look-into-a-pod
  requestedDuration: 30m
  operations:
    - ephemeralContainer:
        namespace: shop
        pod: cart-0
        image: "registry.example.com/tools/heap:2.1"
    - podCopy:
        namespace: shop
        pod: cart-1
  reason: "INC-1: it grows and grows"
"""


def test_a_debug_session_is_asked_for_by_its_template(world):
    pod = ["--container", "shop/cart-0=registry.example.com/tools/heap:2.1", "--copy", "shop/cart-1"]
    words = ["--template", "look-into-a-pod", *pod, "--duration", "30m", "--reason", "INC-1: it grows and grows"]
    code, output, _ = asks(world, world.person("alice"), *words)
    assert code == 0, output
    assert world.git("show", f"{branch_of(WHAT)}:{path_of(WHAT)}") == DEBUG.strip()
    assert "have it approved by chloe" in output


def test_an_operation_that_the_template_does_not_allow_is_not_written(world):
    words = ["--template", "look-into-a-pod", "--container", "web/cart-0=registry.example.com/tools/heap:2.1"]
    code, output, _ = asks(world, world.person("alice"), *words, "--reason", "INC-1: it grows and grows")
    assert code == 3
    assert "error[operation-namespace]" in output
    assert world.git("branch", "--list", "breakglass/*") == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--participant", "bob"], "--participant is for debug sessions"),
        (["--node-label", "pool=web", "--escalation", "restart"], "--node-label is for debug sessions"),
        (["--template", "network-tools", "--escalation", "restart"], "say what is asked for"),
        (["--template", "network-tools", "--no-approval"], "a template says itself how often, and who approves"),
        (["--template", "network-tools", "--start", "2026-01-31T09:00:00Z"], "a debug session begins with the merge"),
        (["--template", "look-into-a-pod", "--container", "cart-0=busybox"], "--container takes two words with /"),
        (["--template", "network-tools", "--set", "replicas"], "--set takes two words with ="),
    ],
)
def test_options_of_debug_sessions_that_do_not_go_together_are_refused(world, words, told):
    code, _, problem = asks(world, world.person("alice"), *words)
    assert (code, told in problem[0]) == (2, True)
