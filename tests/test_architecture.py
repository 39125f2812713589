"""The shape of the code: who may import whom, how long things may be, and which words and tricks do not exist."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gitops_breakglass"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FILE_LINES = 300
FUNCTION_LINES = 60

NOT_OUR_WORDS = re.compile(r"(utils?|helpers?|managers?|common)", re.IGNORECASE)

# Each dot stands in brackets, so that a pattern does not find itself here.
PATCHING = re.compile(r"\b(Magic[M]ock|monkeypatch[.]setattr|mock[.]patch)\b")
PACKAGE_HOSTS = re.compile(
    r"\b(?:(?:test[.])?pypi[.]org|pythonhosted[.]org|(?:proxy|sum)[.]golang[.]org|goproxy[.]\w+"
    r"|registry[.](?:npmjs|yarnpkg)[.]\w+|crates[.]io|rubygems[.]org|repo[.]maven[.]apache[.]org)\b"
)

# What costs time to import and is not needed to print help.
HEAVY = ["cryptography", "github", "gitlab", "jsonschema", "jsonschema_rs", "kubernetes", "requests", "yaml"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def of_package(function):
    return pytest.mark.parametrize("path", MODULES, ids=named)(function)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_imports_point_one_way():
    linted = run(
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache', '--no-logo'])",
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


@of_package
def test_a_file_fits_in_the_head(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= FILE_LINES, f"{lines} lines; the stop is {FILE_LINES}. Which of its sentences is a file of its own?"


@of_package
def test_a_function_fits_on_the_screen(path):
    long = [f"{path.name}:{node.lineno} {node.name}: {length} lines" for node, length in functions(path)]
    assert not long, f"the stop is {FUNCTION_LINES}"


def functions(path: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Each function that is too long, decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node, length


@of_package
def test_a_module_says_in_one_sentence_what_it_is_for(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, "no docstring"
    first = docstring.split("\n\n")[0]
    assert "\n" not in first, f"the first sentence takes more than a line: {first}"
    assert first.endswith("."), f"no full stop: {first}"
    assert not re.search(r"(?<!e\.g|i\.e)\. [A-Z]", first), f"more than one sentence: {first}"


@of_package
def test_a_hint_is_a_phrase_as_every_other(path):
    sentences = [
        f"{path.name}:{line}: {text}"
        for line, text in hints(path)
        if re.match(r"[A-Z][a-z]", text) or text.endswith(".")
    ]
    assert not sentences, "a hint begins in lower case and has no full stop: it stands behind `hint:` or in brackets"


def hints(path: Path) -> Iterator[tuple[int, str]]:
    """Each text that is given as a hint, or to a name that says so, by its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.arg or ""] if isinstance(node, ast.keyword) else []
        if isinstance(node, ast.Assign):
            names = [ast.unparse(each).lower() for each in node.targets]
        if isinstance(node, ast.keyword | ast.Assign) and any("hint" in name for name in names):
            yield from texts(node.value)


def texts(node: ast.expr) -> Iterator[tuple[int, str]]:
    """The texts that an expression may come to, with `…` for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr):
        yield node.lineno, "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values)
    elif isinstance(node, ast.BoolOp | ast.IfExp):
        for each in ast.iter_child_nodes(node):
            yield from texts(each) if isinstance(each, ast.expr) else ()


def test_the_architecture_page_speaks_of_what_is_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = "adapters|cli|core|flows|model|ports|report|schemas|templates|tests"
    places = set(re.findall(rf"`((?:{rooms})/[^`<>]*)`", page))
    assert len(places) > 40
    assert sorted(each for each in places if not [*PACKAGE.glob(each), *ROOT.glob(each)]) == []
    ours = {
        each.name for name in ("github", "gitlab") for each in (PACKAGE / "adapters" / "forge" / name).glob("[!_]*.py")
    }
    assert sorted(name for name in ours if f"`{name}`" not in page) == []


@of_package
def test_a_module_is_named_after_something(path):
    names = [part for part in path.relative_to(PACKAGE).with_suffix("").parts if NOT_OUR_WORDS.fullmatch(part)]
    assert not names, "find the noun that the code is about"


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_nothing_is_patched(path):
    found = PATCHING.findall(path.read_text(encoding="utf-8"))
    assert not found, "hand in a fake or a value instead"


def test_no_tracked_file_names_a_package_host():
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="replace")
            found += [f"{name}: {host}" for host in PACKAGE_HOSTS.findall(text)]
    assert not found


def test_help_loads_nothing_heavy():
    program = (
        "import json, sys\n"
        "from gitops_breakglass.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: code = end.code or 0\n"
        "print(json.dumps({'code': code, 'modules': sorted(sys.modules)}), file=sys.stderr)\n"
    )
    helped = run(sys.executable, "-c", program)
    answer = json.loads(helped.stderr.splitlines()[-1]) if "modules" in helped.stderr else helped.stderr
    assert isinstance(answer, dict), answer
    assert answer["code"] == 0
    assert "Usage:" in helped.stdout
    assert [name for name in HEAVY if name in answer["modules"]] == []
