"""The editor of these tests, on a copy of the example repository that is set up as docs/editors.md says."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.editors.client import Editor
from tests.editors.install import language_server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DOCS = ROOT / "docs" / "editors.md"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark all tests of this folder, before `-m` picks."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("editor")


def documented_settings():
    (block,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    flat = json.loads(block)
    return {"yaml": {key.removeprefix("yaml."): value for key, value in flat.items()}}


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("editors") / "access"
    shutil.copytree(ROOT / "examples" / "access-repo", folder)
    shutil.copytree(ROOT / "schemas", folder / ".schemas")
    return folder


@pytest.fixture(scope="session")
def command(request):
    # The first installation takes a while, and says so: not into pytest's capture.
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        return language_server()


@pytest.fixture(scope="session")
def editor(command, repository):
    editor = Editor(command, repository, documented_settings())
    yield editor
    editor.close()


@pytest.fixture
def plain_editor(command, repository):
    """One that has been told nothing: documents have to name their schema themselves."""
    editor = Editor(command, repository, {"yaml": {"schemaStore": {"enable": False}}})
    yield editor
    editor.close()
