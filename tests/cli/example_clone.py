"""A clone of the example repository with real keys, and what somebody sees who runs a command in it."""

from pathlib import Path

from click.testing import CliRunner

from gitops_breakglass.cli.request import request
from gitops_breakglass.model.errors import UsageError
from tests.git.world import World

EXAMPLE = Path(__file__).parents[2] / "examples" / "access-repo"
WHAT = "prod-eu-1/inc-1"
GROUPS = {
    "developers": ["alice", "ben"],
    "operations": ["ben", "chloe"],
    "operations-leads": ["chloe", "dana"],
    "security": ["dana"],
    "automation": ["deploy-bot"],
}
FILE = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: BreakglassSession
metadata:
  name: inc-1
spec:
  escalation: restart
  maxValidFor: 30m
  requestReason: "INC-1: it hangs"
"""


def example_world(folder):
    """The example's policy side with its people, before any request."""
    world = World(folder)
    for name in ("alice", "ben", "chloe", "dana", "deploy-bot"):
        world.person(name)
    files = {each.relative_to(EXAMPLE).as_posix(): each.read_text() for each in EXAMPLE.rglob("*.yaml")}
    policy = {path: text for path, text in files.items() if not path.startswith("requests/")}
    world.policy(policy | {"identities.yaml": world.identities(groups=GROUPS)})
    for key, value in (("user.name", "somebody"), ("user.email", "somebody@example.com")):
        world.git("config", key, value)
    return world


def run(command, world, who, *words):
    """What somebody sees who runs the command in their clone: exit code, output, and the error with its hint."""
    key = ["--key", str(who.key)] if who else []
    result = CliRunner().invoke(command, [*key, "--repo", str(world.path), *words], standalone_mode=False)
    if isinstance(result.exception, UsageError):
        return 2, result.output, (result.exception.message, result.exception.hint)
    if result.exception is not None:
        raise result.exception
    return (result.return_value if isinstance(result.return_value, int) else 0), result.output, None


def asks(world, who, *words, what=WHAT, escalation="restart"):
    default = ["--escalation", escalation, "--duration", "30m", "--reason", "INC-1: it hangs"]
    return run(request, world, who, *what.split("/"), *(words or default))
