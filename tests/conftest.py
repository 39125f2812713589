"""What every test can rely on: an environment without traces of the machine it runs on."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

# Read before the environment is cleaned: CI explores the same examples each time, a developer new ones.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
USUAL = "ci" if os.environ.get("CI") else "default"
# For mutants: that a test fails is all that is asked, and making an example smaller takes minutes.
FOUND = [each for each in Phase if each not in {Phase.shrink, Phase.explain}]
settings.register_profile("unshrunk", parent=settings.get_profile(USUAL), phases=FOUND)
settings.load_profile(USUAL)

# How git, the terminal and the tool itself would otherwise be led by whoever runs the tests.
SCRUBBED = {"CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "KUBECONFIG", "LINES", "NO_COLOR"}
SCRUBBED |= {"SSH_ASKPASS", "SSH_AUTH_SOCK"}
SCRUBBED_PREFIXES = ("CI_", "GIT_", "GITHUB_", "GITLAB_", "GITOPS_BREAKGLASS_", "KUBERNETES_")

ISOLATED_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what asks real services, unless it is asked for by its mark."""
    if "live" not in str(config.getoption("markexpr")):
        live = [item for item in items if item.get_closest_marker("live")]
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment() -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name in SCRUBBED or name.startswith(SCRUBBED_PREFIXES):
            del os.environ[name]
    os.environ.update(ISOLATED_GIT)
    # Nothing is left in the cache folder of whoever runs the tests.
    os.environ["GITOPS_BREAKGLASS_CHECK_CACHE"] = "false"
    yield
    os.environ.clear()
    os.environ.update(before)
