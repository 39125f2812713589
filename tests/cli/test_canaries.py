"""E10 at the forges: whatever a command does and however it goes wrong, no secret comes out, and nothing that an error says."""

import base64
import logging
import os
import signal
import threading
import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.test_at_forges import ASK, number_in, stage  # noqa: F401 - fixture
from tests.forges import faults
from tests.forges.faults import Fault
from tests.forges.plumbing import Answer

WHAT = "prod/inc-1"
SAID = "canary-said-by-the-forge"
"""What every error of the forge says; it could be anything, also a secret that a proxy repeats."""

IN_ENVIRONMENT = {
    name: f"canary-{name.lower().replace('_', '-')}"
    for name in (
        "AWS_SECRET_ACCESS_KEY",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "BREAKGLASS_ID_TOKEN",
        "CI_REGISTRY_PASSWORD",
    )
}
IN_REMOTE = "canary-in-the-remote"
IN_HEADER = "canary-in-a-header"


def plain_error(code):
    """As a proxy answers git, which repeats plain text on its standard error."""
    text = f"{SAID} {IN_ENVIRONMENT['AWS_SECRET_ACCESS_KEY']}\n".encode()
    return Fault(lambda request, answer: Answer(code, text, {"Content-Type": "text/plain"}), instead=True)


FAULTS = {
    "401": faults.status(401, {"message": SAID, "error": SAID}, X_Echo=SAID),
    "403": faults.status(403, {"message": {"base": [SAID]}, "errors": [{"message": SAID}]}, X_Echo=SAID),
    "422": faults.status(422, {"message": [SAID], "errors": [SAID]}),
    "429": faults.status(429, {"message": SAID}, Retry_After=3600),
    "503": plain_error(503),
    "no-json": Fault(lambda request, answer: Answer(200, SAID.encode(), {"Content-Type": "application/json"}), instead=True),
    "redirect": faults.redirect(f"https://{SAID}.example.com/{SAID}?{SAID}"),
}  # fmt: skip


class Told:
    """Runs commands as jobs and people do, and keeps all that they say and write."""

    def __init__(self, stage, caplog):  # noqa: F811
        self.stage, self.caplog = stage, caplog
        self.said, self.codes = [], {}
        self.secrets = {SAID, IN_REMOTE, IN_HEADER, *IN_ENVIRONMENT.values()}
        self.key = stage.folder / "reconciler"
        self.secrets |= set(self.key.read_text().splitlines()[1:-1])
        self.secret(stage.token)
        # A job's clone has the token in its remote, or in a header of its configuration.
        remote = stage.world.git_url.replace("://", f"://oauth2:{IN_REMOTE}@")
        self.stage.repository().git.ask("config", "http.extraHeader", f"X-Secret: {IN_HEADER}")
        self.stage.repository().git.ask("remote", "add", "with-password", remote)
        self.stage.repository().git.ask("update-ref", "refs/remotes/with-password/main", stage.installed)

    def secret(self, token):
        """What is never to be seen: a token, and how it is sent."""
        users = ("x-access-token", "oauth2", "gitlab-ci-token", "alice", "ben", self.stage.bare.path.stem)
        self.secrets |= {token, *(base64.b64encode(f"{each}:{token}".encode()).decode() for each in users)}
        return token

    def run(self, *words, clone=None, token=None):
        """One command with a token in its environment, and canaries beside it."""
        stage = self.stage  # noqa: F811
        name = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}[stage.provider]
        env = {
            name: stage.api_url,
            "GITOPS_BREAKGLASS_TOKEN": self.secret(token or stage.token),
            "GITHUB_TOKEN": self.secret("canary-github-token"),
            "GITLAB_TOKEN": self.secret("canary-gitlab-token"),
            "CI_JOB_TOKEN": self.secret("canary-job-token"),
            **IN_ENVIRONMENT,
        }
        place = [] if words[0] == "sweep" else ["--repo", str(clone or stage.clone)]
        with self.caplog.at_level(logging.DEBUG):
            result = CliRunner().invoke(main, [*words, *place], env=env)
        self.said.append(result.output)
        if result.exc_info is not None:
            self.said.append("".join(traceback.format_exception(*result.exc_info)))
        self.codes[words[:2]] = result.exit_code
        # 1 is a bug of ours, which would tell too much besides.
        assert result.exit_code != 1, (words, result.output, result.exc_info)
        return result

    def everything(self, writer):
        """Every command that asks the forge, as the jobs have it: with one token that may comment."""
        change, reports = str(self.stage.changes[WHAT]), self.stage.folder / "reports"
        reports.mkdir()
        forms = [f"--report={form}={reports / form}" for form in ("json", "text", "github", "markdown")]
        for words in (
            ("gate", "--change", change, "--comment", *forms),
            ("plan", "--cluster", "prod"),
            ("plan", "--cluster", "prod", "--remote", "with-password"),
            ("reconcile", "--cluster", "prod", "--key", str(self.key), "--comment"),
            ("status",),
            ("doctor", "--key", str(self.key)),
            ("identities", "check"),
            ("close-timed-out",),
        ):
            self.run(*words, token=writer)

    def looping(self, form, writer):
        """The loop, with its log, its metrics and comments, until it is asked to stop."""
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        stop = threading.Timer(4, os.kill, (os.getpid(), signal.SIGTERM))
        stop.start()
        try:
            place = ("--cluster", "prod", "--key", str(self.key), "--comment", "--interval", "1")
            return self.run("reconcile", "--watch", *place, "--log", form, "--listen", "127.0.0.1:0", token=writer)
        finally:
            stop.cancel()
            for number, handler in before.items():
                signal.signal(number, handler)

    def everything_else(self):
        """Every command that has no need of the forge, and runs beside a token all the same."""
        for words in (
            ("check", "--format", "json"),
            ("status", "--format", "json"),
            ("ledger", "verify", "--cluster", "prod"),
            ("ledger", "show", "--cluster", "prod"),
            ("ledger", "export", "--cluster", "prod"),
            ("ledger", "anchor", "--cluster", "prod"),
            ("sweep", "--manifests", str(self.stage.clone / "out" / "prod")),
        ):
            self.run(*words)

    def places(self):
        """All that was said and written: the log, comments, every file of a clone but its own configuration."""
        yield from self.said
        yield self.caplog.text
        yield from (text for what in self.stage.changes for text in self.stage.comments_on(what))
        yield from (self.stage.body_of(what) for what in self.stage.changes)
        for root in (self.stage.clone, *self.stage.folder.glob("clone-of-*"), self.stage.folder / "reports"):
            for file in Path(root).rglob("*"):
                if file.is_file() and file.parent.name + "/" + file.name != ".git/config":
                    yield file.read_bytes().decode("latin-1")

    def leaked(self):
        return sorted({secret for text in self.places() for secret in self.secrets if secret in text})


@pytest.fixture
def told(stage, caplog):  # noqa: F811
    return Told(stage, caplog)


@pytest.mark.threat("E10")
def test_e10_when_all_goes_well_no_secret_is_said_or_written(stage, told):  # noqa: F811
    clone, alices = stage.clone_of("alice")
    opened = told.run("request", *ASK, "--open", clone=clone, token=alices)
    stage.changes[WHAT] = number_in(opened.output)
    writer = told.secret(stage.commenter())
    assert told.run("gate", "--change", str(stage.changes[WHAT]), "--comment", token=writer).exit_code == 3
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    assert '"event": "run"' in told.looping("json", writer).output
    told.everything(writer)
    told.everything_else()
    assert told.codes["reconcile", "--cluster"] == told.codes["identities", "check"] == 0
    assert stage.comments_on(WHAT)
    bens_clone, bens = stage.clone_of("ben")
    revoked = told.run("revoke", WHAT, "--open", "--reason", "over", clone=bens_clone, token=bens)
    stage.changes["end"] = number_in(revoked.output)
    assert "granted" in "".join(told.said)
    assert told.leaked() == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.threat("E10")
def test_e10_whatever_the_forge_says_of_an_error_is_not_repeated(stage, told, fault):  # noqa: F811
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    clone, alices = stage.clone_of("alice")
    writer = told.secret(stage.commenter())
    # Git gets what it asks for but for one of them: it repeats plain text, which the proxy's 503 is.
    every, api = "* *", "* /api/*" if stage.provider == "gitlab" else "* /re*"
    stage.world.faults.add(every if fault == "503" else api, FAULTS[fault], times=None)
    if fault in {"401", "503"}:
        assert " run " in told.looping("text", writer).output
    told.everything(writer)
    told.run("request", *ASK[:1], f"inc-{fault}", *ASK[2:], "--open", clone=clone, token=alices)
    told.run("revoke", WHAT, "--open", clone=clone, token=alices)
    assert told.codes["reconcile", "--cluster"] != 0
    stage.world.faults.planned.clear()
    assert told.leaked() == []
