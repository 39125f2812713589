"""What linters say of our workflows, our action and our components, and what they can't see of them."""

import json
import re

import pytest
import yaml

from tests.ci.linters import actionlint, against_schema, zizmor
from tests.ci.runner import ROOT, action, workflow

WORKFLOWS = sorted(path.stem for path in (ROOT / ".github" / "workflows").glob("*.yml"))
REUSABLE = ["check", "close-timed-out", "comment", "reconcile"]
COMPONENTS = ["check", "close-timed-out", "gate", "reconcile"]
IMAGE = "registry.example.com/gbg@sha256:" + "ab" * 32
UNSAFE = """\
on: pull_request_target
jobs:
  it:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
"""


def component(name, **given):
    """The header of a component, and its jobs with what is given, or each input's default, put in."""
    text = (ROOT / "templates" / name / "template.yml").read_text(encoding="utf-8")
    header = yaml.safe_load(text.split("\n---\n")[0])
    inputs = {each: said.get("default", IMAGE) for each, said in header["spec"]["inputs"].items()} | given
    inputs = {each: value if isinstance(value, str) else json.dumps(value) for each, value in inputs.items()}
    return header, yaml.safe_load(
        re.sub(r"\$\[\[ inputs\.([a-z]+) \]\]", lambda m: inputs[m[1]], text.split("\n---\n")[1])
    )


def test_zizmor_and_actionlint_find_nothing_in_ours():
    assert WORKFLOWS == ["check", "ci", "close-timed-out", "comment", "reconcile"]
    files = {name: (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8") for name in WORKFLOWS}
    assert actionlint(files) == []
    assert zizmor(ROOT) == []
    assert against_schema("github-actions", action()) == []


def test_the_linters_would_find_something(tmp_path):
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "x.yml").write_text(UNSAFE)
    assert {each.split(":")[0] for each in zizmor(tmp_path)} >= {"dangerous-triggers", "template-injection"}
    (found,) = actionlint({"x.yml": UNSAFE})
    assert '"github.event.pull_request.title" is potentially untrusted' in found
    assert against_schema("gitlab-ci", {"job": {"script": 1}}) != []


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_what_gitlab_s_schema_says(name):
    header, jobs = component(name)
    assert against_schema("gitlab-ci", header) == []
    assert against_schema("gitlab-ci", jobs) == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_has_a_right_that_its_job_does_not_name(name):
    read = workflow(name)
    assert read["permissions"] == {}
    for job in read["jobs"].values():
        assert set(job["permissions"].values()) <= {"read", "write"}
        assert job["timeout-minutes"] <= 90


def test_the_rights_are_the_least_that_each_job_needs():
    rights = {name: next(iter(workflow(name)["jobs"].values()))["permissions"] for name in REUSABLE}
    assert rights == {
        "check": {"contents": "read", "pull-requests": "read"},
        "comment": {"actions": "read", "contents": "read", "pull-requests": "write"},
        "reconcile": {"contents": "read", "pull-requests": "read", "id-token": "write"},
        "close-timed-out": {"contents": "read", "pull-requests": "write"},
    }


@pytest.mark.threat("E7")
def test_e7_no_workflow_runs_on_a_trigger_that_gives_a_change_rights():
    triggers = {trigger for name in WORKFLOWS for trigger in workflow(name)["on"]}
    assert triggers == {"workflow_call", "push", "pull_request"}
    assert set(workflow("ci")["on"]) == {"push", "pull_request"}


@pytest.mark.parametrize("name", WORKFLOWS)
@pytest.mark.threat("E7")
def test_e7_nothing_of_a_change_is_checked_out_where_there_are_rights(name):
    for job in workflow(name)["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@") and name != "ci":
                assert step["with"]["ref"] in {"${{ github.event.repository.default_branch }}", "${{ github.ref }}"}
                assert "repository" not in step["with"]


@pytest.mark.threat("E9")
def test_e9_the_run_on_a_change_is_given_no_secret_and_the_others_only_what_they_declare():
    text = {name: (ROOT / ".github" / "workflows" / f"{name}.yml").read_text() for name in WORKFLOWS}
    used = {name: set(re.findall(r"secrets\.([A-Za-z_]+)", each)) for name, each in text.items()}
    declared = {name: set((workflow(name)["on"].get("workflow_call") or {}).get("secrets", {})) for name in WORKFLOWS}
    assert used == declared
    assert (used["check"], used["ci"]) == (set(), set())


@pytest.mark.parametrize("name", WORKFLOWS)
@pytest.mark.threat("E9")
def test_e9_a_job_that_is_given_a_secret_is_in_the_environment_that_the_default_branch_alone_may_use(name):
    read = workflow(name)
    (job,) = read["jobs"].values()
    assert ("secrets." in str(job)) == ("environment" in job)
    if "environment" in job:
        assert job["environment"] == "${{ inputs.environment }}"
        assert read["on"]["workflow_call"]["inputs"]["environment"]["default"] == "breakglass"


@pytest.mark.threat("E9")
def test_e9_only_the_default_branch_reconciles_and_in_an_environment():
    (job,) = workflow("reconcile")["jobs"].values()
    assert job["environment"] == "${{ inputs.environment }}"
    # By the whole name: a tag may be called like the branch.
    on_default = "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
    assert job["if"] == f"github.event_name == 'schedule' || {on_default}"
    assert [each["if"] for each in workflow("close-timed-out")["jobs"].values()] == [job["if"]]
    (job,) = component("reconcile")[1].values()
    (rule,) = job["rules"]
    for needed in ("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", '$CI_COMMIT_REF_PROTECTED == "true"'):
        assert needed in rule["if"].split(" && ")
    assert job["environment"]["name"] == "breakglass"


@pytest.mark.threat("E6")
def test_e6_a_run_of_the_reconciler_is_never_cut_off_by_the_next():
    (job,) = component("reconcile")[1].values()
    assert (job["resource_group"], job["interruptible"]) == ("breakglass-reconcile", False)


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.threat("E15")
def test_e15_a_component_runs_in_an_image_by_digest_that_its_user_names(name):
    header, jobs = component(name)
    image = header["spec"]["inputs"]["image"]
    assert "default" not in image
    pattern = re.compile(image["regex"].strip("/"))
    assert pattern.search(IMAGE)
    assert not any(
        pattern.search(each) for each in ("python:3.13", IMAGE[:-1], IMAGE + "0", f"x y/{IMAGE}", "@sha256:" + "a" * 64)
    )
    assert [job["image"]["name"] for job in jobs.values()] == [IMAGE]


@pytest.mark.threat("E17")
def test_e17_no_job_writes_to_the_repository():
    rights = [job["permissions"].get("contents") for name in WORKFLOWS for job in workflow(name)["jobs"].values()]
    assert set(rights) == {"read"}
    scripts = [str(job["script"]) for name in COMPONENTS for job in component(name)[1].values()]
    scripts += [step.get("run", "") for step in action()["runs"]["steps"]]
    assert not [each for each in scripts if re.search(r"git (push|commit|tag)", each)]


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_whole_history_is_there_wherever_it_decides(name):
    (job,) = component(name)[1].values()
    assert name == "check" or job["variables"]["GIT_DEPTH"] == "0"
