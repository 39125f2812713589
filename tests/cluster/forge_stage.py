"""A fake forge beside a real API server: people work by git and the forge, and the reconciler is the shipped CI job."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.cli.main import main
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.policy import KubernetesTarget
from tests.ci.runner import ROOT, Ended, Runner, workflow
from tests.ci.test_workflows import component
from tests.cluster.harness.becoming import settled
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.users import Users
from tests.forges.clock import RealClock
from tests.forges.stage import ForgeStage

PODS = "/api/v1/namespaces/default/pods"
TOOL = f"""\
#!/bin/sh
PYTHONPATH={ROOT} exec {sys.executable} -c 'import sys; from gitops_breakglass.cli.main import main; main()' "$@"
"""


class OnCluster:
    """A forge's stage whose cluster `prod` is a real API server, installed at the tip as it is then."""

    def __init__(self, folder: Path, forge: type[ForgeStage], files: Mapping[str, str] | None = None) -> None:
        """Start the API server and the forge, and install with these further files on the policy side."""
        self.folder = folder
        self.jobs = 0
        self.token_of: dict[str, str] = {}
        self.server = ApiServer.join(folder / "kube-apiserver")
        self.users = Users(self.server, folder)
        self.forge = forge(folder, clock=RealClock(), more="defaults: {minDuration: 5s}")
        text = self.forge.policy_files["breakglass.yaml"].replace("manifests: {folder: out/prod}", "kubernetes: {}")
        text = text.replace("  edge:\n    manifests: {folder: out/edge}\n", "")
        self.forge.setup({"breakglass.yaml": text, "clusters/edge.yaml": None, **(files or {})})
        self.forge.repository_now()
        words = ("--cluster", "prod", "--apply", "--kubeconfig", str(self.server.admin_kubeconfig))
        assert self.run("install", *words).exit_code == 0
        self.reconciler = self.users.service_account(NAMESPACE, "reconciler")

    def run(
        self, command: str, *words: str, token: str | None = None, clone: Path | None = None, sees: bool = False
    ) -> Result:
        """Call the command line in a clone, as somebody whose token this is; who `sees` has the reconciler's account."""
        where = {"KUBECONFIG": str(self.reconciler.kubeconfig)} if sees else {}
        env = {**self._where(), **where, "GITOPS_BREAKGLASS_TOKEN": token or self.forge.token}
        arguments = [command, "--repo", str(clone or self.forge.clone), *words]
        return CliRunner().invoke(main, arguments, env=env, catch_exceptions=False)

    def clone_of(self, name: str) -> tuple[Path, str]:
        """Somebody's own clone, which git pushes from with their token; the clone and the token."""
        clone, self.token_of[name] = self.forge.clone_of(name)
        return clone, self.token_of[name]

    def reconcile(self) -> Ended:
        """Run the reconcile job that ships, as its forge's runner would."""
        self.jobs += 1
        place = self.folder / f"job-{self.jobs}"
        ended = self._workflow(place) if self.forge.provider == "github" else self._component(place)
        settled(self.users.admin)
        return ended

    def _workflow(self, place: Path) -> Ended:
        values = {
            "github.ref": "refs/heads/main",
            "github.ref_name": "main",
            "secrets.BREAKGLASS_TOKEN": self.forge.token,
            "secrets.RECONCILER_KEY": (self.folder / "reconciler").read_text(),
            "secrets.BREAKGLASS_KUBECONFIG": self.reconciler.kubeconfig.read_text(),
        }
        runner = Runner(place, origin=self.forge.bare.path, values=values, env=self._where())
        runner.put_tool(TOOL)
        return runner.run_job(workflow("reconcile")["jobs"]["reconcile"], {"audience": "", "kubeconfig": ""})

    def _component(self, place: Path) -> Ended:
        ((_, job),) = component("reconcile")[1].items()
        clone = place / "clone"
        subprocess.run(["git", "clone", "--quiet", str(self.forge.bare.path), str(clone)], check=True)
        subprocess.run(["git", "-C", str(clone), "checkout", "--quiet", "--detach", "origin/main"], check=True)
        tool = place / "bin" / "gitops-breakglass"
        tool.parent.mkdir()
        tool.write_text(TOOL)
        tool.chmod(0o755)
        env = {
            **self._where(),
            "PATH": f"{tool.parent}:{os.environ['PATH']}",
            "HOME": str(place),
            "TMPDIR": str(place),
            "CI_DEFAULT_BRANCH": "main",
            "RECONCILER_KEY": str(self.folder / "reconciler"),
            "BREAKGLASS_KUBECONFIG": str(self.reconciler.kubeconfig),
            "BREAKGLASS_ID_TOKEN": "unused",
            "GITOPS_BREAKGLASS_TOKEN": self.forge.token,
        }
        ran = subprocess.run(
            ["sh", "-e", "-c", "\n".join(job["script"])],
            cwd=clone,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(ran.returncode, ran.stdout + ran.stderr)

    def _where(self) -> dict[str, str]:
        name = "GITHUB_API_URL" if self.forge.provider == "github" else "CI_API_V4_URL"
        return {name: self.forge.api_url}

    def may(self, who: str) -> bool:
        """Whether a real call of the subject passes that the grant alone allows."""
        status = self.users(f"{who}@example.com").status("GET", PODS)
        assert status in {200, 403}, status
        return status == 200

    def wait(self, since: datetime, **span: float) -> None:
        """Wait until the API server's clock is so far after a moment."""
        end = since + timedelta(**span)
        with closing(KubernetesCluster("prod", KubernetesTarget(str(self.reconciler.kubeconfig)))) as cluster:
            while (now := cluster.now()) <= end:
                time.sleep(min(1.0, (end - now).total_seconds() + 0.1))

    def close(self) -> None:
        """Stop everything; what the forge could not answer for fails."""
        self.users.close()
        self.server.leave(wait=False)
        self.forge.__exit__(None)
