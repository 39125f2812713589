"""The reconciler's init container, run as the kubelet would run it: it makes the clone that the loop works in."""

import os
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.deployed import DEPLOY, built, environment, pod_spec

HEADER = "Authorization: Basic dGVzdDp0ZXN0"
SECRET = {("reconciler-forge", "git-header"): HEADER}


def git(*words, folder):
    settings = [word for each in ("user.name=a", "user.email=a@example.com") for word in ("-c", each)]
    done = subprocess.run(["git", *settings, "-C", str(folder), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    git("init", "--quiet", "--initial-branch=main", folder=folder)
    git("commit", "--quiet", "--allow-empty", "--message=first", folder=folder)
    return folder


def clone(address, folder, secrets):
    (spec,) = filter(None, map(pod_spec, built(DEPLOY / "reconciler")))
    (settings,) = (each["data"] for each in built(DEPLOY / "reconciler") if each["kind"] == "ConfigMap")
    (container,) = spec["initContainers"]
    env = environment(container, {**settings, "repository": str(address)}, secrets)
    command = [word.replace("/work/access", str(folder)) for word in container["command"]]
    return subprocess.run(command, check=False, capture_output=True, env={**os.environ, **env}, timeout=30)


@pytest.mark.parametrize("secrets", [{}, SECRET], ids=["without", "with"])
def test_a_clone_is_made_with_the_header_and_without_it(repository, tmp_path, secrets):
    done = clone(repository, tmp_path / "access", secrets)
    assert (done.returncode, done.stderr) == (0, b"")
    assert git("rev-parse", "HEAD", folder=tmp_path / "access") == git("rev-parse", "HEAD", folder=repository)
    assert HEADER not in (tmp_path / "access" / ".git" / "config").read_text()


@pytest.mark.parametrize("left", [".git/HEAD", "breakglass.yaml"])
def test_what_a_restarted_node_left_of_a_clone_is_in_nobodys_way(repository, tmp_path, left):
    file = tmp_path / "access" / left
    file.parent.mkdir(parents=True)
    file.write_text("half of it")
    assert clone(repository, tmp_path / "access", {}).returncode == 0
    assert git("status", "--porcelain", folder=tmp_path / "access") == ""


@contextmanager
def hearing():
    """A server that says what `Authorization` it was shown, and has nothing."""
    shown = []

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self):
            shown.append(self.headers["Authorization"])
            self.send_error(404)

        def log_message(self, *_):
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/access.git", shown
        server.shutdown()


@pytest.mark.parametrize("secrets", [{}, SECRET], ids=["without", "with"])
def test_the_forge_is_shown_the_header_where_there_is_one(tmp_path, secrets):
    with hearing() as (address, shown):
        assert clone(address, tmp_path / "access", secrets).returncode != 0
    assert set(shown) == ({HEADER.removeprefix("Authorization: ")} if secrets else {None})
