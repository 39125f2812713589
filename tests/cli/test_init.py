"""`init` as it is called: what lies there afterwards, and what is refused."""

import base64
import stat
import string
import subprocess

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.cli.main import main
from gitops_breakglass.flows.check import check
from gitops_breakglass.flows.init.repository import NewPerson, Wanted, files_of
from gitops_breakglass.flows.load import load_policy
from gitops_breakglass.model.policy import KubernetesTarget, ManifestsTarget
from tests.git.world import World

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIWQWA3MIUqzJiRMeZxSuqhnyzEa+72VmoqiEhMFpKxQ"
FILES = [
    ".gitignore",
    "README.md",
    "breakglass.yaml",
    "clusters/my-cluster.yaml",
    "identities.yaml",
    "policies/pod-shell.yaml",
]


@pytest.fixture
def people(tmp_path):
    world = World(tmp_path / "people")
    return [("--person", name, f"{name}@example.com", str(world.person(name).key)) for name in ("alice", "ben")]


@pytest.fixture
def place(tmp_path):
    return tmp_path / "access"


def call(*arguments, env=None):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], env=env)


def git(place, *words):
    return subprocess.run(["git", *words], cwd=place, capture_output=True, text=True, check=True).stdout


def test_a_new_repository_is_committed_whole_and_check_finds_nothing(place, people):
    made = call("init", place, *people[0], *people[1])
    assert made.exit_code == 0, made.output
    commit = git(place, "rev-parse", "main").strip()
    key = place.with_name("access-reconciler.key")
    assert made.stdout.splitlines() == [
        f"made {place} at {commit[:12]}:",
        *(f"  {path}" for path in FILES),
        f"The reconciler's private key is {key}: it signs decisions, so keep it out of git.",
        "Next:",
        f"  cd {place} && gitops-breakglass install --cluster my-cluster --apply",
    ]
    assert git(place, "ls-files").splitlines() == FILES
    assert git(place, "status", "--short") == ""
    checked = call("check", place)
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert checked.stderr == "0 requests and 5 policy documents checked: nothing to report\n"


def test_the_private_key_is_its_owners_alone_and_its_public_half_may_sign(place, people):
    assert call("init", place, *people[0]).exit_code == 0
    key = place.with_name("access-reconciler.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not [path for path in place.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    (public,) = (
        line.split("publicKey: ")[1]
        for line in (place / "breakglass.yaml").read_text().splitlines()
        if "publicKey" in line
    )
    assert Ed25519Signer().verify(Ed25519Signer(key).sign("t", "{}"), [public])


def test_the_first_person_asks_and_the_others_approve(place, people):
    assert call("init", place, *people[0], *people[1]).exit_code == 0
    assert (
        (place / "identities.yaml")
        .read_text()
        .endswith("groups:\n  - name: developers\n    members: [alice, ben]\n  - name: leads\n    members: [ben]\n")
    )


def test_somebody_alone_is_told_that_nobody_can_approve(place, people):
    made = call("init", place, *people[0])
    assert "alice is alone, and nobody approves their own request: add a second person" in made.stdout


def test_what_is_there_already_stays_as_it_is(place, people):
    place.mkdir()
    (place / "mine").write_text("mine")
    refused = call("init", place, *people[0])
    assert (refused.exit_code, refused.stderr) == (
        2,
        f"error: {place} is there and not empty\n  hint: name a new folder\n",
    )
    assert [path.name for path in place.iterdir()] == ["mine"]
    assert not place.with_name("access-reconciler.key").exists()


def test_a_key_that_is_there_already_is_not_overwritten(place, people):
    key = place.with_name("access-reconciler.key")
    key.write_text("mine")
    refused = call("init", place, *people[0])
    assert (refused.exit_code, key.read_text(), place.exists()) == (2, "mine", False)
    key.unlink()
    key.symlink_to("elsewhere")
    assert call("init", place, *people[0]).exit_code == 2
    assert not place.with_name("elsewhere").exists()


@pytest.mark.parametrize("inside", ["key", "keys/../key", "../access/key"])
def test_a_private_key_does_not_get_into_the_repository(place, people, inside):
    refused = call("init", place, *people[0], "--key", place / inside)
    assert refused.exit_code == 2
    assert "would lie in the repository" in refused.stderr
    assert not place.exists()


def test_what_check_would_refuse_is_refused_at_once_and_nothing_is_left(place, people):
    refused = call("init", place, *people[0], "--cluster", "policy")
    assert refused.exit_code == 2
    assert "the repository would not be clean: " in refused.stderr
    assert not place.exists()
    assert not place.with_name("access-reconciler.key").exists()
    assert call("init", place, *people[0], *people[0]).exit_code == 2
    assert call("init", place, *people[0], "--cluster", "../out").exit_code == 2
    assert not place.exists()


def test_a_key_that_is_none_is_refused_with_its_owner(place, people, tmp_path):
    (tmp_path / "x.pub").write_text("hello\n")
    refused = call("init", place, "--person", "alice", "alice@example.com", tmp_path / "x")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: the key of alice is no public SSH key: ")
    assert call("init", place, "--person", "alice", "alice@example.com", tmp_path / "y").exit_code == 2


def test_without_anybody_named_it_is_whom_git_is_configured_for(place, tmp_path, people):
    config = tmp_path / "gitconfig"
    signing = f"[gpg]\n\tformat = ssh\n[user]\n\temail = alice.b@example.com\n\tsigningkey = {people[0][3]}.pub\n"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "prepare-commit-msg", "commit-msg"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "ignore").write_text("*\n")
    hostile = (
        f"[commit]\n\tgpgsign = true\n[core]\n\thooksPath = {hooks}\n\texcludesFile = {tmp_path / 'ignore'}\n"
        f'\tautocrlf = true\n[init]\n\tdefaultBranch = trunk\n\ttemplateDir = {hooks}\n[gpg "ssh"]\n\tprogram = false\n'
    )
    config.write_text(signing + hostile)
    made = call("init", place, env={"GIT_CONFIG_GLOBAL": str(config), "GIT_DIR": str(tmp_path / "other")})
    assert made.exit_code == 0, made.output
    assert git(place, "log", "--format=%an <%ae> %D").strip() == "alice-b <alice.b@example.com> HEAD -> main"
    assert git(place, "ls-files").splitlines() == FILES
    assert config.read_text() == signing + hostile
    assert not (tmp_path / "other").exists()


def test_without_anybody_named_or_configured_it_says_how_to_name_somebody(place):
    refused = call("init", place)
    assert refused.exit_code == 2
    assert refused.stderr.endswith("  hint: name somebody: --person NAME EMAIL ~/.ssh/id_ed25519.pub\n")
    assert not place.exists()


def test_a_cluster_can_be_reached_by_a_kubeconfig(place, people):
    reached = ("--kubeconfig", "/etc/kube/on", "--context", "on", "--min-duration", "30s")
    assert call("init", place, *people[0], *reached).exit_code == 0
    text = (place / "breakglass.yaml").read_text()
    assert text.endswith(
        "defaults:\n  # Requests for less are refused; 60s unless it is set here.\n  minDuration: 30s\n"
        'clusters:\n  my-cluster:\n    kubernetes: {kubeconfig: "/etc/kube/on", context: "on"}\n'
    )
    assert call("check", place).exit_code == 0
    assert call("init", place.with_name("b"), *people[0], "--min-duration", "soon").exit_code == 2


def public_key(number):
    """The text of an Ed25519 key whose private half nobody has."""
    parts = (b"ssh-ed25519", bytes([number]) * 32)
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


WORDS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=12)
CLUSTERS = st.from_regex(r"\A[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?\Z").filter(lambda name: name != "policy")


@given(st.lists(WORDS, min_size=1, max_size=4, unique_by=str.casefold), CLUSTERS, st.booleans())
def test_whatever_people_and_clusters_are_called_the_files_say_it(names, cluster, by_context):
    people = tuple(NewPerson(name, f"{name}@example.com", public_key(index)) for index, name in enumerate(names))
    target = KubernetesTarget(context=cluster) if by_context else ManifestsTarget(f"out/{cluster}")
    files = {
        path: text.encode()
        for path, text in files_of(Wanted("access", cluster, target, people), reconciler=KEY).items()
    }
    checked = check(files, loader=yamlfile.load, catalog=schema_catalog())
    # Whoever is alone can ask, and nobody can approve: that they are told.
    assert [finding.rule for finding in checked.findings] == ["no-second-person"] * (len(names) == 1)
    policy, _ = load_policy(files, commit="c", loader=yamlfile.load, catalog=schema_catalog())
    assert [person.name for person in policy.identities.people] == names
    assert policy.configuration.clusters[cluster].target == target
    assert policy.identities.members_of(["leads"]) == frozenset(names[1:] or names)
