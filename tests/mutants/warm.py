"""Runs pytest from a process that has loaded the libraries already: for each order that it reads, a fork of it.

A fresh Python takes longer to load pytest, hypothesis and the clients than most tests take to run. Nothing of the package
or of the tests is loaded here: each fork takes those from the tree it is told. `Starter` is the other end. It runs this
file as a script, as `-m` would load `tests`.
"""

import atexit
import gc
import importlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

OWN = ("gitops_breakglass", "tests")
LIBRARIES = (
    *("_hypothesis_pytestplugin", "hypothesis", "hypothesis.strategies", "hypothesis.stateful", "pytest.__main__"),
    *("click.testing", "cronsim", "cryptography.x509", "github", "gitlab", "graphql", "jsonschema", "jsonschema_rs"),
    *("cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.asymmetric.rsa"),
    *("kubernetes.client", "kubernetes.config", "kubernetes.stream", "markdown_it", "prometheus_client.parser"),
    *("rich.console", "rich.table", "websocket", "xmlschema", "yaml", "zoneinfo"),
    *("asyncio", "concurrent.futures.process", "concurrent.futures.thread", "http.server", "multiprocessing.context"),
)
"""What tests load: what costs little is there because it costs nothing to have it."""
OF_THE_RUN = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
"""What each run sets for itself."""
VERDICT = 100
"""What is added to pytest's exit code: whatever else ends a run, it does so with less."""
NONE = -1
"""The code of a run that came to no verdict."""
GLANCE = 0.01
"""Seconds between two looks at whether a run has ended."""


class Starter:
    """One such process. It runs one order at a time."""

    def __init__(self, folder: Path) -> None:
        """Start it, in a folder of its own where nothing is."""
        self._said, self._temporary = folder / "said.txt", folder / "t"
        environment = {name: value for name, value in os.environ.items() if name not in OF_THE_RUN}
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, tree: Path, arguments: list[str], *, seconds: int, compiling: bool = False) -> tuple[int, str]:
        """Run tests in that tree: pytest's exit code or, where it did not come to one, NONE; and what was said.

        What takes longer than `seconds` is ended. Raises RuntimeError where the process itself is gone.
        """
        # Not the folder that all runs on a machine share, where each removes what others left.
        arguments = [f"--basetemp={self._temporary}", *arguments]
        order = {"tree": str(tree), "arguments": arguments, "said": str(self._said), "seconds": seconds}
        self._process.stdin.write(json.dumps(order | {"compiling": compiling}) + "\n")
        self._process.stdin.flush()
        if not (answer := self._process.stdout.readline()):
            raise RuntimeError("the process that runs the tests has ended")
        return int(answer), self._said.read_text(errors="replace")

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve() -> None:
    """Run what is ordered, one after the other, until there are no more orders."""
    verdict: list[int] = []
    # Before the libraries' own: what is registered first is run last.
    atexit.register(_leave, verdict)
    for name in LIBRARIES:
        importlib.import_module(name)
    # What pytest imports when it starts.
    for name in importlib.import_module("_pytest.config").default_plugins:
        importlib.import_module(f"_pytest.{name}")
    loaded = [name for name in sys.modules if name.partition(".")[0] in OWN]
    if loaded or threading.active_count() > 1:
        raise RuntimeError(f"no clean start: {loaded} are loaded, and {threading.active_count()} threads run")
    # What is here already lives as long as any fork of it: nothing to look through for what is not used any more.
    gc.collect()
    gc.freeze()
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        if (fork := os.fork()) == 0:
            verdict.append(_tested(order))
            sys.exit()
        print(_ended(fork, order["seconds"]), flush=True)


def _leave(verdict: list[int]) -> None:
    """End a fork that has a verdict, when threads have ended and whoever waits for the end has been told.

    Python would take down one library after the other, which takes about as long as a short test.
    """
    if verdict:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(VERDICT + verdict[0])


def _ended(fork: int, seconds: int) -> int:
    """The verdict of that fork, which is ended after so many seconds."""
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            ended, status = os.waitpid(fork, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code - VERDICT if code >= VERDICT else NONE
            time.sleep(GLANCE)
    except KeyboardInterrupt:
        os.killpg(fork, signal.SIGKILL)
        raise
    os.killpg(fork, signal.SIGKILL)
    os.waitpid(fork, 0)
    return NONE


def _tested(order: dict[str, Any]) -> int:
    """What pytest says of that tree. Raises RuntimeError where it is not the tree's package that is tested."""
    os.setsid()
    _redirected(order["said"])
    tree = order["tree"]
    os.chdir(tree)
    sys.path.insert(0, tree)
    os.environ["PYTHONPATH"] = tree
    sys.dont_write_bytecode = not order["compiling"]
    if sys.dont_write_bytecode:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    _as_a_fresh_one(tree, order["arguments"])
    if elsewhere := [name for name in OWN if not importlib.util.find_spec(name).origin.startswith(f"{tree}/")]:
        raise RuntimeError(f"{elsewhere} would not be those of {tree}")
    plugins = [sys.modules["_hypothesis_pytestplugin"]]
    code = int(sys.modules["pytest"].main(["--disable-plugin-autoload", *order["arguments"]], plugins))
    for module in (sys.modules[name] for name in OWN if name in sys.modules):
        if not module.__file__.startswith(f"{tree}/"):
            raise RuntimeError(f"{module} is not that of {tree}")
    return code


def _redirected(said: str) -> None:
    """Read from nowhere and write to that file, as the programs that tests start do, too."""
    nowhere, file = os.open(os.devnull, os.O_RDONLY), os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for source, target in ((nowhere, 0), (file, 1), (file, 2)):
        os.dup2(source, target)
    os.close(nowhere)
    os.close(file)


def _as_a_fresh_one(tree: str, arguments: list[str]) -> None:
    """Be like `python -m pytest` in that tree, to those who look: what is started, and where hypothesis keeps things."""
    sys.modules["__main__"] = sys.modules["pytest.__main__"]
    sys.argv = [sys.modules["pytest.__main__"].__file__, *arguments]
    sys.modules["hypothesis.configuration"].set_hypothesis_home_dir(Path(tree) / ".hypothesis")


if __name__ == "__main__":
    serve()
