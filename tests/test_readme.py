"""What README.md and docs/ show is what the program says, and what they link to is there."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import COMMANDS, main
from gitops_breakglass.core.rules import AREAS
from gitops_breakglass.model.exits import ExitCode
from tests.git.world import World

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "access-repo"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def between(name, text=README):
    """What stands in the fence between two markers."""
    found = re.search(rf"<!-- {name} -->\n```\w*\n(.*?)```\n<!-- /{name} -->", text, re.DOTALL)
    assert found, f"README.md has no {name} between markers"
    return found[1]


def call(*arguments):
    ended = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def help_of(*command):
    return CliRunner().invoke(main, [*command, "--help"], terminal_width=88, prog_name="gitops-breakglass").stdout


def test_the_help_is_the_programs():
    assert between("help") == help_of()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    assert help_of(command).startswith(f"Usage: gitops-breakglass {command} ")


def test_an_option_can_be_given_as_the_variable_that_the_readme_says(tmp_path):
    assert "`GITOPS_BREAKGLASS_PLAN_REPO` for `plan --repo`" in README
    missing = CliRunner().invoke(main, ["plan"], env={"GITOPS_BREAKGLASS_PLAN_REPO": str(tmp_path / "gone")})
    assert (missing.exit_code, "gone" in missing.stderr) == (2, True)
    listed = CliRunner().invoke(main, ["check", str(EXAMPLE)], env={"GITOPS_BREAKGLASS_CHECK_FORMAT": "json"})
    assert [each["rule"] for each in json.loads(listed.stdout)["findings"]] == ["deny-policy-narrows"]


def test_the_exit_codes_are_all_told():
    told = [int(code) for code in re.findall(r"^\| (\d) \|", README, re.MULTILINE)]
    assert told == [code.value for code in ExitCode]


def test_the_request_and_its_plan_are_what_really_comes_out(tmp_path):
    world = World(tmp_path / "people")
    persons = []
    for name in ("alice", "ben"):
        persons += ["--person", name, f"{name}@example.com", world.person(name).key]
    place = tmp_path / "access"
    call("init", place, "--cluster", "prod", *persons)
    there = ("--repo", place)
    call("install", "--cluster", "prod", "--apply", *there)
    world.path = place
    world.git("config", "user.name", "alice")
    world.git("config", "user.email", "alice@example.com")
    reason = "INC-4711: checkout answers with 502"
    asking = ("--escalation", "pod-shell", "--duration", "1h", "--reason", reason, "--key", world.person("alice").key)
    call("request", "prod", "inc-4711", *asking, *there)
    call("approve", "prod/inc-4711", "--key", world.person("ben").key, *there)
    world.merge("prod/inc-4711")
    assert between("request") == (place / "requests/prod/inc-4711.yaml").read_text()
    assert plain(between("plan")) == plain(call("plan", *there))


def plain(plan):
    """A plan without what differs from run to run: the day and hour, and the hash in names."""
    without_times = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME", plan)
    return re.sub(r"(bg-inc-4711-)[0-9a-f]{10}", r"\1HASH", without_times)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_found_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[^)#]+)\)", README))
    pages = {page.relative_to(ROOT).as_posix() for page in PAGES[1:]}
    assert {page for page in pages if not page.startswith("docs/adr/")} <= linked


def keys_of(schema):
    for key, value in schema.get("properties", {}).items():
        below = (each for each in (value.get("additionalProperties"), value.get("items")) if isinstance(each, dict))
        yield from (key, *(found for each in (value, *below) for found in keys_of(each)))


def test_every_key_of_breakglass_yaml_is_on_the_page_of_formats():
    page = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    section = page.partition("## breakglass.yaml")[2].partition("\n## ")[0]
    schema = json.loads((ROOT / "schemas" / "configuration.schema.json").read_text(encoding="utf-8"))
    keys = set(keys_of(schema))
    assert {"idleTimeoutWithoutSource", "listen", "overdueAfter"} < keys
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", section)) == []


def test_decisions_are_numbered_one_after_the_other():
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name.partition("-")[0]) for page in pages] == list(range(1, len(pages) + 1))
    headings = [page.read_text(encoding="utf-8").partition(".")[0] for page in pages]
    assert headings == [f"# {number}" for number in range(1, len(pages) + 1)]


FOUND = re.compile(r'\bFinding\(\s*"([^"]+)"')


def test_each_finding_of_a_run_has_its_section_with_what_to_do():
    flows = (ROOT / "gitops_breakglass" / "flows").glob("*.py")
    found = {each for path in flows for each in FOUND.findall(path.read_text(encoding="utf-8"))}
    pages = (page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "rules").glob("*.md"))
    of_check = {each for page in pages for each in re.findall(r"^## `([^`]+)`", page, re.MULTILINE)}
    sections = sections_of(ROOT / "docs" / "operations.md")
    assert found - of_check == set(sections)
    assert [name for name, body in sections.items() if "**What to do:**" not in body] == []


def test_each_finding_about_a_ledger_has_its_section_with_what_to_do():
    code = (path.read_text(encoding="utf-8") for path in (ROOT / "gitops_breakglass" / "core").glob("ledger*.py"))
    found = {each for text in code for each in re.findall(r'"(ledger-[a-z]+)"', text)}
    sections = sections_of(ROOT / "docs" / "ledger.md")
    assert found == set(sections)
    assert [name for name, body in sections.items() if "**What to do:**" not in body] == []


def sections_of(page):
    """What stands below each heading that is an id."""
    text = page.read_text(encoding="utf-8")
    return dict(re.findall(r"^### `([^`]+)`\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL))


RAISED = re.compile(r'\bReason\(\s*"([^"]+)"')


def guards():
    """The ids of the guards: the first words of reasons, of who may and of what it comes to on a cluster."""
    core = ROOT / "gitops_breakglass" / "core"
    files = (*(core / "authorize").glob("*.py"), core / "render" / "source.py")
    # What an operation is refused by is a rule's page where it is a rule of `check` too.
    rules = {rule.id for area in ("debug", "operations") for rule in AREAS[area]}
    return _raised(files) | (_raised((core / "debug" / "operations").glob("*.py")) - rules)


def _raised(files):
    return {found for path in files for found in RAISED.findall(path.read_text(encoding="utf-8"))}


def test_each_guard_has_its_section_with_what_is_refused_and_what_is_allowed():
    sections = sections_of(ROOT / "docs" / "approvals.md")
    assert guards() == set(sections)
    assert [name for name, body in sections.items() if "**Refused:**" not in body or "**Allowed:**" not in body] == []
