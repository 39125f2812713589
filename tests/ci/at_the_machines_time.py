"""What stages at the fake forges need for jobs that run the real program, which goes by the machine's clock."""

import os
import subprocess
import sys
from datetime import timedelta

from gitops_breakglass.adapters.clock import SystemClock
from tests.ci.runner import ROOT, Runner, workflow
from tests.ci.test_workflows import component
from tests.forges.clock import Clock
from tests.forges.github import GithubWorld
from tests.forges.github_stage import GithubStage
from tests.forges.gitlab_stage import GitlabStage

PROGRAM = f"""\
#!/usr/bin/env bash
export PYTHONPATH={ROOT}
exec {sys.executable} -m gitops_breakglass "$@"
"""


class OneFolder:
    """One cluster, whose folder is the same from wherever a job looks at it."""

    ran = 0
    ago = timedelta(minutes=30)
    """When people begin: what they do lies behind a run, and a request of an hour is still open."""

    def beginning(self):
        return SystemClock().now().replace(microsecond=0) - self.ago

    def setup(self, files):
        configuration = files["breakglass.yaml"].replace("  edge:\n    manifests: {folder: out/edge}\n", "")
        super().setup(
            files | {"breakglass.yaml": configuration.replace("folder: out", f"folder: {self.folder / 'out'}")}
        )

    def bindings(self):
        """What gives access in the folder now."""
        files = (self.folder / "out" / "prod").rglob("*.yaml")
        return sorted(each.name for each in files if "\nkind: ClusterRoleBinding" in f"\n{each.read_text()}")

    def machine(self):
        """A folder for one more job."""
        self.ran += 1
        return self.folder / f"machine-{self.ran}"


class GithubNow(OneFolder, GithubStage):
    def begin(self, folder):
        self.world = GithubWorld(folder, now=self.beginning())
        self.world.account("root", permission="admin")
        self.repository_id, self.api_url = self.world.repository_id, self.world.api_url

    def run(self, name, *, fork=False, artifacts=None, **values):
        """Run the one job of a workflow on a new machine, with a token of the job's rights and no more; its end, and the machine."""
        (job,) = workflow(name)["jobs"].values()
        rights = {key.replace("-", "_"): right for key, right in job["permissions"].items() if key != "id-token"}
        known = {
            "github.event.repository.default_branch": "main",
            "github.ref": "refs/heads/main",
            "github.ref_name": "main",
            "github.token": self.world.token("actions", fork=fork, **rights),
            "secrets.BREAKGLASS_APP_KEY": "",
            "secrets.BREAKGLASS_TOKEN": "",
            "secrets.BREAKGLASS_KUBECONFIG": "",
            "secrets.RECONCILER_KEY": (self.folder / "reconciler").read_text(),
        }
        machine = Runner(self.machine(), self.world.git_url, known | values, artifacts=artifacts or {})
        machine.env["GITHUB_API_URL"] = self.api_url
        machine.put_tool(PROGRAM)
        declared = workflow(name)["on"]["workflow_call"]["inputs"]
        ended = machine.run_job(job, {each: said["default"] for each, said in declared.items()})
        assert machine.values["github.token"] not in ended.output
        assert "PRIVATE KEY" not in ended.output
        return ended, machine


class GitlabNow(OneFolder, GitlabStage):
    def begin(self, folder, **options):
        super().begin(folder, clock=Clock(self.beginning()), **options)

    def run(self, name, *, change=None, token=None, **inputs):
        """Run the job of a component in a clone that is made as the runner makes it; exit code, output, and the clone."""
        ((_, job),) = component(name, **inputs)[1].items()
        place = self.machine()
        clone, programs = place / "clone", place / "bin"
        for folder in (clone, programs):
            folder.mkdir(parents=True)
        (programs / "gitops-breakglass").write_text(PROGRAM)
        (programs / "gitops-breakglass").chmod(0o755)
        job_token = self.world.token("job", user="alice")
        ref = f"refs/merge-requests/{change}/head" if change else "refs/heads/main"
        url = self.world.git_url.replace("://", f"://gitlab-ci-token:{job_token}@")
        for words in (["init"], ["remote", "add", "origin", url], ["fetch", "origin", f"+{ref}:refs/pipelines/1"]):
            subprocess.run(
                ["git", words[0], *(["--quiet"] if words[0] != "remote" else []), *words[1:]], cwd=clone, check=True
            )
        if job.get("variables", {}).get("GIT_CHECKOUT") != "false":
            subprocess.run(["git", "checkout", "--quiet", "--detach", "refs/pipelines/1"], cwd=clone, check=True)
        given = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(place),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "CI_API_V4_URL": self.api_url,
            "CI_JOB_TOKEN": job_token,
            "CI_DEFAULT_BRANCH": "main",
            "RECONCILER_KEY": str(self.folder / "reconciler"),
            "BREAKGLASS_ID_TOKEN": "",
        }
        given |= {"GITOPS_BREAKGLASS_TOKEN": token} if token else {}
        given |= {"CI_MERGE_REQUEST_IID": str(change)} if change else {}
        ran = subprocess.run(
            ["sh", "-e", "-c", "\n".join(job["script"])],
            cwd=clone,
            env=given,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        output = ran.stdout + ran.stderr
        assert job_token not in output
        assert not token or token not in output
        return ran.returncode, output, clone


class GithubBegun(GithubNow):
    """The repository is what `init --forge github` writes, but for its cluster, which is a folder; alice asks, ben approves."""

    def setup(self, files):
        made, key = self.folder / "access", self.folder / "reconciler"
        key.unlink()
        who = [f"{name} {name}@example.com {self.number_of(name)} {name}".split() for name in ("alice", "ben")]
        words = [
            *("init", str(made), "--forge", "github", "--cluster", "prod", "--key", str(key)),
            *("--repository-id", str(self.repository_id), "--repository-url", "https://github.com/acme/access"),
            *("--api-url", self.api_url, "--tool-ref", f"acme/tools@{'0' * 40}"),
            *(word for each in who for word in ("--account", *each)),
        ]
        subprocess.run(
            [sys.executable, "-m", "gitops_breakglass", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        listed = subprocess.run(["git", "ls-files"], cwd=made, check=True, capture_output=True, text=True).stdout
        self.made = {name: (made / name).read_text() for name in listed.splitlines()}
        folder = f"manifests: {{folder: {self.folder / 'out' / 'prod'}}}"
        changed = self.made["breakglass.yaml"].replace("kubernetes: {context: prod}", folder)
        self.world.push("root", "main", self.made | {"breakglass.yaml": changed}, message="Begin")


class GithubLate(GithubNow):
    """What was opened is five hours old."""

    ago = timedelta(hours=5)


class GitlabLate(GitlabNow):
    """The same at GitLab."""

    ago = timedelta(hours=5)
