"""`init --forge github|gitlab`: a whole access repository, with the CI that runs it, that check and the linters pass."""

import re
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from click.testing import CliRunner

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.cli.main import main
from gitops_breakglass.core.doctor.owners import judge_owners
from gitops_breakglass.flows.check import check
from gitops_breakglass.flows.load import load_policy
from gitops_breakglass.model.doctor import Verdict
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import KubernetesTarget
from tests.ci.linters import actionlint, against_schema, zizmor
from tests.ci.runner import ROOT, workflow

COMMIT = "0123456789abcdef0123456789abcdef01234567"
IMAGE = "registry.example.com/gbg@sha256:" + "ab" * 32
PEOPLE = ("--account", "alice", "alice@example.com", "101", "alice-x")
PEOPLE += (
    "--account",
    "ben",
    "ben@example.com",
    "102",
    "ben-x",
    "--account",
    "cleo",
    "cleo@example.com",
    "103",
    "cleo-x",
)
GITHUB = ("--forge", "github", "--repository-id", "4711", "--repository-url", "https://github.com/acme/access")
GITHUB += ("--tool-ref", f"acme/tools@{COMMIT}")
GITLAB = ("--forge", "gitlab", "--repository-id", "4711", "--repository-url", "https://gitlab.example.com/acme/access")
GITLAB += ("--tool-ref", f"acme/sre/tools@{COMMIT}", "--image", IMAGE)
COMMON = {
    "README.md",
    ".gitignore",
    "breakglass.yaml",
    "identities.yaml",
    "clusters/prod.yaml",
    "policies/pod-shell.yaml",
}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "access"


def call(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def made(place, *options):
    done = call("init", place, "--cluster", "prod", *options, *PEOPLE)
    assert done.exit_code == 0, done.output
    listed = subprocess.run(["git", "ls-files"], cwd=place, capture_output=True, text=True, check=True).stdout
    return {name: (place / name).read_text() for name in listed.splitlines()}


def policy_of(files):
    entries = {path: text.encode() for path, text in files.items()}
    policy, findings = load_policy(entries, commit="c", loader=yamlfile.load, catalog=schema_catalog())
    assert findings == ()
    return policy


def test_at_github_it_has_everything_and_every_judge_is_content(place):
    files = made(place, *GITHUB)
    workflows = {f".github/workflows/{name}.yml" for name in ("gate", "comment", "reconcile", "close-timed-out")}
    assert set(files) == COMMON | workflows | {".github/CODEOWNERS", ".github/ISSUE_TEMPLATE/config.yml"}
    assert call("check", place).exit_code == 0
    assert actionlint({path: files[path] for path in workflows}) == []
    assert zizmor(place) == []
    assert against_schema("github-issue-config", yaml.safe_load(files[".github/ISSUE_TEMPLATE/config.yml"])) == []


def test_at_gitlab_it_has_everything_and_every_judge_is_content(place):
    files = made(place, *GITLAB, "--api-url", "https://gitlab.example.com/api/v4")
    assert set(files) == COMMON | {".gitlab-ci.yml", ".gitlab/CODEOWNERS"}
    assert call("check", place).exit_code == 0
    pipeline = yaml.safe_load(files[".gitlab-ci.yml"])
    assert against_schema("gitlab-ci", pipeline) == []
    names = ("check", "gate", "reconcile", "close-timed-out")
    assert pipeline["include"] == [
        {"component": f"$CI_SERVER_FQDN/acme/sre/tools/{name}@{COMMIT}", "inputs": {"image": IMAGE}} for name in names
    ]
    assert [name for name in names if not (ROOT / "templates" / name / "template.yml").is_file()] == []
    assert policy_of(files).configuration.repository == "4711"


def test_accounts_count_by_their_numbers_and_the_others_than_the_first_approve(place):
    policy = policy_of(made(place, *GITHUB))
    assert policy.configuration.provider is Provider.GITHUB
    by_account = {(a.provider, a.id): p.name for p in policy.identities.people for a in p.accounts}
    assert by_account == {(Provider.GITHUB, n): name for n, name in (("101", "alice"), ("102", "ben"), ("103", "cleo"))}
    assert policy.identities.members_of(["leads"]) == {"ben", "cleo"}
    # What a job of a forge writes into a folder would be gone with the job.
    assert policy.configuration.clusters["prod"].target == KubernetesTarget(context="prod")


@pytest.mark.parametrize("options, file", [(GITHUB, ".github/CODEOWNERS"), (GITLAB, ".gitlab/CODEOWNERS")])
@pytest.mark.threat("E9")
def test_e9_the_rules_the_ci_and_the_owners_themselves_have_owners_and_requests_have_none(place, options, file):
    files = made(place, *options)
    owned = dict(line.split(" ", 1) for line in files[file].splitlines() if not line.startswith("#"))
    assert set(owned.values()) == {"@ben-x @cleo-x"}

    def has_owner(path):
        return any(
            f"/{path}".startswith(pattern) if pattern.endswith("/") else f"/{path}" == pattern for pattern in owned
        )

    assert [path for path in files if not has_owner(path)] == [".gitignore", "README.md"]
    assert not has_owner("requests/prod/inc-1.yaml")
    (diagnosis,) = judge_owners({file: files[file]}, Provider(options[1]))
    assert diagnosis.verdict is Verdict.OK


def test_every_workflow_takes_the_program_from_the_one_commit(place):
    files = made(place, *GITHUB)
    uses = [line.strip() for text in files.values() for line in text.splitlines() if " uses: " in line]
    names = ("check", "close-timed-out", "comment", "reconcile")
    assert sorted(uses) == [f"uses: acme/tools/.github/workflows/{name}.yml@{COMMIT}" for name in names]


@pytest.mark.parametrize(
    "name, called", [("gate", "check"), ("comment",) * 2, ("reconcile",) * 2, ("close-timed-out",) * 2]
)
def test_a_workflow_gives_the_one_it_calls_what_that_takes_and_the_rights_that_its_job_has(place, name, called):
    made(place, *GITHUB)
    (caller,) = workflow(name, place)["jobs"].values()
    reusable = workflow(called)
    (job,) = reusable["jobs"].values()
    declared = reusable["on"]["workflow_call"]
    assert caller["permissions"] == job["permissions"]
    assert set(caller.get("with", {})) <= set(declared["inputs"])
    assert set(caller.get("secrets", {})) == set(declared.get("secrets", {}))


@pytest.mark.threat("E9")
def test_e9_no_workflow_takes_anything_from_a_variable_which_all_who_may_push_can_set(place):
    files = made(place, *GITHUB)
    assert [path for path, text in files.items() if re.search(r"\bvars\b", text)] == []
    (caller,) = workflow("reconcile", place)["jobs"].values()
    written = {"environment": "breakglass", "kubeconfig": "", "audience": "", "client-id": "", "every": "1h"}
    assert caller["with"] == written


@pytest.mark.threat("E6")
def test_e6_a_run_of_the_reconciler_is_never_cut_off_and_one_of_the_gate_by_the_next(place):
    made(place, *GITHUB)
    concurrency = {name: workflow(name, place)["concurrency"] for name in ("gate", "comment", "reconcile")}
    assert concurrency["reconcile"] == {"group": "breakglass-reconcile", "cancel-in-progress": False}
    assert (concurrency["gate"]["cancel-in-progress"], concurrency["comment"]["cancel-in-progress"]) == (True, False)


@pytest.mark.threat("E5")
def test_e5_schedules_keep_off_the_full_hour_when_forges_drop_runs(place):
    made(place, *GITHUB)
    for name in ("reconcile", "close-timed-out"):
        (schedule,) = workflow(name, place)["on"]["schedule"]
        minutes = {int(each) for each in schedule["cron"].split()[0].split(",")}
        assert not minutes & {0, 15, 30, 45}
        assert "workflow_dispatch" in workflow(name, place)["on"]


def test_an_issue_leads_to_a_request_that_is_filled_in_and_that_check_passes(place):
    files = made(place, *GITHUB)
    (link,) = [each["url"] for each in yaml.safe_load(files[".github/ISSUE_TEMPLATE/config.yml"])["contact_links"]]
    assert f"]({link})" in files["README.md"]
    asked = parse_qs(urlsplit(link).query)
    assert link.startswith("https://github.com/acme/access/new/main?")
    entries = {path: text.encode() for path, text in (files | {asked["filename"][0]: asked["value"][0]}).items()}
    assert check(entries, loader=yamlfile.load, catalog=schema_catalog()).findings == ()


def test_at_gitlab_the_page_has_the_request_to_paste(place):
    readme = made(place, *GITLAB)["README.md"]
    (link,) = [each.split(")")[0] for each in readme.split("](")[1:]]
    assert parse_qs(urlsplit(link).query) == {"file_name": ["requests/prod/inc-4711.yaml"]}
    pasted = "".join(line[4:] + "\n" for line in readme.splitlines() if line.startswith("    "))
    assert yaml.safe_load(pasted)["spec"]["escalation"] == "pod-shell"


def test_it_says_what_comes_next(place):
    done = call("init", place, *GITHUB, *PEOPLE)
    assert done.stdout.splitlines()[-3:] == [
        f"  cd {place} && gitops-breakglass install --cluster my-cluster --apply",
        "  git remote add origin https://github.com/acme/access.git && git push --set-upstream origin main",
        "  put the private key where CI has it, then delete the file; protect the branch: docs/ci.md of this program",
    ]


def without(options, name):
    place = options.index(name)
    return options[:place] + options[place + 2 :]


def with_(options, name, value):
    place = options.index(name)
    return (*options[: place + 1], value, *options[place + 2 :])


REFUSED = {
    "no number": (without(GITHUB, "--repository-id"), "--repository-id is missing"),
    "a name for a number": (with_(GITHUB, "--repository-id", "acme/access"), "--repository-id can't be 'acme/access'"),
    "no address": (without(GITHUB, "--repository-url"), "--repository-url is missing"),
    "an address that closes a link": (with_(GITHUB, "--repository-url", "https://x.example/a/b)c"), "can't be"),
    "a branch for a commit": (with_(GITHUB, "--tool-ref", "acme/tools@main"), "--tool-ref can't be 'acme/tools@main'"),
    "a short commit": (with_(GITHUB, "--tool-ref", f"acme/tools@{COMMIT[:12]}"), "--tool-ref can't be"),
    "a commit and more": (with_(GITHUB, "--tool-ref", f"acme/tools@{COMMIT}\n"), "--tool-ref can't be"),
    "no tool": (without(GITHUB, "--tool-ref"), "--tool-ref is missing"),
    "no image": (without(GITLAB, "--image"), "--image is missing"),
    "an image by its tag": (with_(GITLAB, "--image", "python:3.13"), "--image can't be 'python:3.13'"),
    "an image where none is used": ((*GITHUB, "--image", IMAGE), "GitHub's jobs take the program from --tool-ref"),
    "an address for plain git": (
        ("--repository-url", "https://x.example/a/b"),
        "plain git has no address, number or CI",
    ),
    "an API elsewhere, unsafe": ((*GITHUB, "--api-url", "http://x.example/"), "must be an https address"),
}


@pytest.mark.parametrize("options, said", REFUSED.values(), ids=REFUSED)
def test_what_can_t_be_is_refused_and_nothing_is_left(place, options, said):
    refused = call("init", place, *options, *PEOPLE)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert not place.exists()
    assert not place.with_name("access-reconciler.key").exists()


def test_people_are_known_by_accounts_at_a_forge_and_by_keys_in_plain_git(place, tmp_path):
    (tmp_path / "k.pub").write_text(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIWQWA3MIUqzJiRMeZxSuqhnyzEa+72VmoqiEhMFpKxQ\n"
    )
    keyed = ("--person", "alice", "alice@example.com", tmp_path / "k.pub")
    assert "people are known by their accounts" in call("init", place, *GITHUB).stderr
    assert "people are known by their accounts" in call("init", place, *GITHUB, *PEOPLE, *keyed).stderr
    assert "in plain git people are known by their keys" in call("init", place, *keyed, *PEOPLE).stderr
    unknown = call("init", place, *GITHUB, "--account", "alice", "alice@example.com", "alice-x", "alice-x")
    assert "the account of alice has no number 'alice-x'" in unknown.stderr
    twice = call("init", place, *GITHUB, *PEOPLE, "--account", "dan", "dan@example.com", "101", "dan-x")
    assert (twice.exit_code, place.exists()) == (2, False)
