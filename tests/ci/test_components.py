"""The scripts of our GitLab components, run as GitLab's runner runs them: the lines of a job in one shell."""

import os
import shutil
import subprocess

import pytest

from tests.ci.test_workflows import component

TOOL = """\
#!/bin/sh
printf '%s\\n' "$@" >>"$SEEN/words"
env | sort >"$SEEN/environment"
ls -A >"$SEEN/files"
git rev-parse "refs/remotes/origin/$CI_DEFAULT_BRANCH" >"$SEEN/tip" 2>/dev/null
key=
for word in "$@"; do case $word in */reconciler.key) key=$word ;; esac; done
if [ -n "$key" ]; then
  folder=$(dirname "$key")
  stat -c '%a %n' "$folder" "$folder"/* | sed "s#$folder#private#" >"$SEEN/modes"
  cat "$folder"/* >"$SEEN/contents"
  echo "$folder" >"$SEEN/folder"
fi
exit "${ENDS_WITH:-0}"
"""
HOSTILE = ["a;touch${IFS}pwned", "$(touch${IFS}pwned)", "`touch${IFS}pwned`", "x\"'&&touch${IFS}pwned"]


def git(place, *words):
    return subprocess.run(["git", *words], cwd=place, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path)


class Job:
    """A job's folder: a clone that lags behind its origin, as the runner makes it for a merge request."""

    def __init__(self, place, branch="main"):
        self.place = place
        self.origin, self.clone, self.seen = (place / name for name in ("origin", "clone", "seen"))
        for folder in (self.origin, self.seen, place / "bin"):
            folder.mkdir(parents=True)
        (place / "bin" / "gitops-breakglass").write_text(TOOL)
        (place / "bin" / "gitops-breakglass").chmod(0o755)
        git(self.origin, "init", "--quiet", f"--initial-branch={branch}")
        for name, value in (("user.name", "a"), ("user.email", "a@example.com")):
            git(self.origin, "config", name, value)
        self.commit("breakglass.yaml")
        git(self.origin, "switch", "--quiet", "--create", "change")
        self.commit("hostile.yaml")
        git(self.origin, "update-ref", "refs/merge-requests/7/head", "HEAD")
        git(self.origin, "switch", "--quiet", branch)
        self.branch = branch

    def commit(self, name):
        (self.origin / name).write_text(name)
        git(self.origin, "add", ".")
        git(self.origin, "commit", "--quiet", "-m", name)

    def run(self, name, **variables):
        """Fetch as the component says, then run its lines; returns the exit code and what was printed."""
        ((_, said),) = component(name)[1].items()
        # Without it a runner goes on in the folder of the job before, as it was left.
        if said.get("variables", {}).get("GIT_STRATEGY") == "clone":
            shutil.rmtree(self.clone, ignore_errors=True)
        self.clone.mkdir(exist_ok=True)
        git(self.clone, "init", "--quiet")
        git(self.clone, "remote", "add", "origin", str(self.origin))
        ref = "refs/merge-requests/7/head" if "CI_MERGE_REQUEST_IID" in variables else f"refs/heads/{self.branch}"
        git(self.clone, "fetch", "--quiet", "origin", f"+{ref}:refs/pipelines/1")
        if said.get("variables", {}).get("GIT_CHECKOUT") != "false":
            git(self.clone, "checkout", "--quiet", "--detach", "refs/pipelines/1")
        self.commit("later.yaml")
        ran = subprocess.run(
            ["sh", "-e", "-c", "\n".join(said["script"])],
            cwd=self.clone,
            env={
                "PATH": f"{self.place / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.place),
                "TMPDIR": str(self.place),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "SEEN": str(self.seen),
                "CI_DEFAULT_BRANCH": self.branch,
                **variables,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout + ran.stderr

    def said(self, name):
        return (self.seen / name).read_text().splitlines()


@pytest.fixture
def secrets(tmp_path):
    """Variables of type File, as lax as a runner may leave them."""
    files = {"RECONCILER_KEY": "key-canary\n", "BREAKGLASS_KUBECONFIG": "kind: Config\n"}
    given = {}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o666)
        given[name] = str(tmp_path / name)
    return given | {"BREAKGLASS_ID_TOKEN": "id-token-canary"}


@pytest.mark.threat("E7")
def test_e7_the_gate_has_no_file_of_the_change_on_the_disk_and_asks_by_the_newest_policy(job):
    assert job.run("gate", CI_MERGE_REQUEST_IID="7") == (0, "")
    assert job.said("files") == [".git"]
    assert job.said("tip") == [git(job.origin, "rev-parse", "main")]
    assert job.said("words") == [
        *("gate", "--branch", "main", "--remote", "origin", "--change", "7"),
        *("--report", "json=gate.json", "--report", "markdown=gate.md"),
    ]


@pytest.mark.parametrize("name", ["check", "gate", "reconcile", "close-timed-out"])
@pytest.mark.threat("E9")
def test_e9_what_the_job_of_a_change_left_in_the_folder_is_not_there_for_the_next_one(job, secrets, name):
    git(job.place, "init", "--quiet", "clone")
    hook = job.clone / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {job.place}/pwned\n")
    hook.chmod(0o755)
    (job.clone / "left.json").symlink_to(job.place / "elsewhere")
    assert job.run(name, **({"CI_MERGE_REQUEST_IID": "7"} if name in {"check", "gate"} else secrets)) == (0, "")
    assert "left.json" not in job.said("files")
    assert not (job.place / "pwned").exists()


@pytest.mark.parametrize("branch", HOSTILE)
@pytest.mark.parametrize("name", ["gate", "reconcile", "close-timed-out"])
@pytest.mark.threat("E8")
def test_e8_no_name_is_read_by_the_shell(tmp_path, secrets, name, branch):
    job = Job(tmp_path / "job", branch)
    given = {"CI_MERGE_REQUEST_IID": "7; touch pwned"} if name == "gate" else secrets
    assert job.run(name, **given) == (0, "")
    assert branch in job.said("words")
    assert not list(tmp_path.rglob("pwned"))


def test_check_writes_both_reports_from_the_files_of_the_change(job):
    assert job.run("check", CI_MERGE_REQUEST_IID="7") == (0, "")
    assert job.said("words") == [
        "check",
        "--report",
        "gitlab-codequality=codequality.json",
        "--report",
        "junit=junit.xml",
    ]
    assert "hostile.yaml" in job.said("files")
    ((_, said),) = component("check")[1].items()
    assert said["artifacts"]["reports"] == {"codequality": "codequality.json", "junit": "junit.xml"}


@pytest.mark.threat("E10")
def test_e10_what_is_secret_is_its_owners_alone_while_reconcile_runs_and_gone_after(job, secrets):
    assert job.run("reconcile", **secrets) == (0, "")
    assert job.said("words")[:-1] == ["reconcile", "--branch", "main", "--remote", "origin", "--key"]
    assert job.said("modes") == [
        "700 private",
        "600 private/kubeconfig",
        "600 private/reconciler.key",
        "600 private/token",
    ]
    assert job.said("contents") == ["kind: Config", "key-canary", "id-token-canary"]
    (folder,) = job.said("folder")
    assert f"KUBECONFIG={folder}/kubeconfig" in job.said("environment")
    assert "canary" not in "".join(job.said("environment"))
    assert not os.path.lexists(folder)
    assert job.said("tip") == [git(job.origin, "rev-parse", "main")]


@pytest.mark.parametrize("code", [3, 5, 6, 7])
@pytest.mark.parametrize("name", ["check", "gate", "reconcile", "close-timed-out"])
def test_the_exit_code_is_the_commands_and_nothing_is_left(job, secrets, name, code):
    given = {"CI_MERGE_REQUEST_IID": "7"} if name in {"check", "gate"} else secrets
    assert job.run(name, ENDS_WITH=str(code), **given) == (code, "")
    assert not list(job.place.glob("tmp.*"))


def test_without_the_key_nothing_is_run(job):
    code, output = job.run("reconcile", BREAKGLASS_ID_TOKEN="x")
    assert (code, job.seen.joinpath("words").exists()) == (2, False)
    assert "RECONCILER_KEY" in output
    assert not list(job.place.glob("tmp.*"))


def test_what_timed_out_is_closed_by_the_newest_policy(job):
    assert job.run("close-timed-out") == (0, "")
    assert job.said("words") == ["close-timed-out", "--branch", "main", "--remote", "origin"]
    assert job.said("tip") == [git(job.origin, "rev-parse", "main")]
