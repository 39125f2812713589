"""`policy`: ask deny policies about one call, and run cases of what they should answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode

if TYPE_CHECKING:
    from gitops_breakglass.core.read.deny_folder import DenySide
    from gitops_breakglass.model.deny import Ask, Pod

policies_option = click.option(
    "--policies",
    "place",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    metavar="DIR",
    help="Judge by the deny policies in this folder or file.  [default: the access repository around the current folder]",
)


@click.group()
def policy() -> None:
    """Ask deny policies about a call, and test them as code.

    Policies are read as they lie in files, committed or not. Neither a cluster nor a forge is asked.
    """


@policy.command()
@click.argument("file", default="-", metavar="[FILE]")
@policies_option
@click.option("--cluster", default="", metavar="NAME", help="The cluster that the call goes to.")
@click.option("--tenant", metavar="NAME", help="The cluster's tenant.  [default: what its ClusterConfig says]")
@click.option("--request", "session", default="", metavar="NAME", help="The request by which the access was given.")
@click.option("--escalation", metavar="NAME", help="The escalation that it is one of; what that overrides holds.")
@click.option("--pod", "pod_file", metavar="FILE", help="The pod as the API has it; without one it could not be read.")
@click.option(
    "--namespace-labels", "labels", metavar="K=V,…", help="Labels of the review's namespace; without them unknown."
)
@wiring.format_option
@click.pass_context
def check(
    context: click.Context,
    file: str,
    place: Path | None,
    cluster: str,
    tenant: str | None,
    session: str,
    escalation: str | None,
    pod_file: str | None,
    labels: str | None,
    form: str,
) -> None:
    """Tell what deny policies say of a call: allow, warn, deny or no-match, by which policy, and why.

    FILE holds a SubjectAccessReview as YAML or JSON; without it, or with -, it is read from standard input. Of several
    reviews each is answered in turn; JSON is one object a line. A policy that can't be read denies everything, and is told
    on standard error.

    Exits with 0 whatever the answer is, with 2 where there is no review or no policy to read.
    """
    from gitops_breakglass.core.policy_cases import answer
    from gitops_breakglass.model.deny import Circumstances
    from gitops_breakglass.report.verdict import verdicts_as_json, verdicts_as_text

    asks = _reviews(file, None if labels is None else read_labels(labels))
    side = deny_side(place, needed=True)
    under = Circumstances(cluster, side.tenants.get(cluster) if tenant is None else tenant, session, escalation)
    verdicts = [answer(side, ask, under, read_pod_file(pod_file, ask)) for ask in asks]
    click.echo(verdicts_as_json(verdicts) if form == "json" else verdicts_as_text(verdicts), nl=False)
    context.exit(ExitCode.CLEAN)


@policy.command()
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@policies_option
@wiring.format_option
@click.pass_context
def test(context: click.Context, files: tuple[str, ...], place: Path | None, form: str) -> None:
    """Run cases of what deny policies should answer, and tell what differs.

    FILES are YAML streams or JSON lines, folders of such files, or - for standard input. A case has a `name`, a `review`,
    what it is judged by, and what to `expect`: docs/deny-policies.md. One without `policies` is judged by --policies.

    Exits with 3 where a case fails; one that can't be read has failed.
    """
    from gitops_breakglass.adapters.bundled import case_fits, schema_catalog
    from gitops_breakglass.adapters.deny_folder import CASES, find_files
    from gitops_breakglass.adapters.stream import STDIN, load_stream, read_bounded
    from gitops_breakglass.core.policy_cases import CaseFile, run_cases
    from gitops_breakglass.report.findings.text import as_text
    from gitops_breakglass.report.verdict import cases_as_json, cases_as_text

    places = [
        found
        for each in files
        for found in ([each] if each == STDIN or not Path(each).is_dir() else find_files(Path(each), CASES).files)
    ]
    if not places:
        raise UsageError(f"there is no file of cases in {', '.join(files)}", hint=f"they end in {', '.join(CASES)}")
    texts = (read_bounded(each, sys.stdin.buffer) for each in places)
    cases = [CaseFile(name, load_stream(text, name)) for name, text in texts]
    results = run_cases(cases, deny_side(place, needed=False), fits=case_fits(), schemas=schema_catalog())
    click.echo(as_text([finding for each in results if each.verdict for finding in each.findings]), nl=False, err=True)
    click.echo(cases_as_json(results) if form == "json" else cases_as_text(results), nl=False)
    context.exit(ExitCode.CLEAN if all(each.passed for each in results) else ExitCode.FINDINGS)


def deny_side(place: Path | None, *, needed: bool) -> DenySide:
    """Return the deny policies of a folder, or of the repository here, and tell on standard error what is wrong with them.

    Raises UsageError where there is neither and they are `needed`, or where the repository's policy side can't be read.
    """
    from gitops_breakglass.adapters.folder import root_of
    from gitops_breakglass.core.read.deny_folder import DenySide
    from gitops_breakglass.report.findings.text import as_text

    root = root_of(Path.cwd()) if place is None else None
    if place is not None:
        side = _of_folder(place)
    elif root is not None:
        side = _of_repository(root)
    elif needed:
        hint = "`--policies DIR` names a folder with deny policies; or run it in an access repository"
        raise UsageError("there are no deny policies to ask: this is no access repository", hint=hint)
    else:
        side = DenySide()
    click.echo(as_text(side.findings), nl=False, err=True)
    return side


def _of_folder(place: Path) -> DenySide:
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.bundled import schema_catalog
    from gitops_breakglass.adapters.deny_folder import find_files
    from gitops_breakglass.core.read.deny_folder import read_deny_folder
    from gitops_breakglass.flows.load import parse_files
    from gitops_breakglass.model.finding import Location

    folder = find_files(place)
    files = parse_files(folder.files, loader=yamlfile.load)
    return read_deny_folder(files, schemas=schema_catalog(), unread=map(Location, folder.not_files))


def _of_repository(root: Path) -> DenySide:
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.bundled import schema_catalog
    from gitops_breakglass.adapters.folder import read_folder
    from gitops_breakglass.core.read.deny_folder import of_repository
    from gitops_breakglass.flows.check import WORK_TREE
    from gitops_breakglass.flows.load import load_policy

    folder = read_folder(root, within=("policies",))
    # A link may have led to any restriction: bytes that nobody can read stand for it.
    files = {**folder.files, **dict.fromkeys(folder.not_files, b"\0")}
    side, findings = load_policy(files, commit=WORK_TREE, loader=yamlfile.load, catalog=schema_catalog())
    if side is None:
        first = next(each for each in findings if each.is_error)
        msg = f"the policy side can't be read: {first.location}: {first.message}"
        raise UsageError(msg, hint="run `gitops-breakglass check`, or name a folder of policies with --policies")
    return of_repository(side, findings)


def _reviews(file: str, labels: dict[str, str] | None) -> list[Ask]:
    from gitops_breakglass.adapters.stream import load_stream, read_bounded
    from gitops_breakglass.core.read.review import read_review

    name, text = read_bounded(file, sys.stdin.buffer, largest=1 << 20)
    asks = []
    for piece in load_stream(text, name):
        reads = [read_review(document, labels=labels) for document in piece.documents]
        for finding in (*piece.findings, *(each for read in reads for each in read.findings)):
            raise UsageError(f"{finding.location}: {finding.message}", hint=finding.hint)
        asks += [read.value for read in reads if read.value is not None]
    if not asks:
        raise UsageError(f"{name}: there is no access review in it", hint="a SubjectAccessReview, as YAML or JSON")
    return asks


def read_pod_file(file: str | None, ask: Ask) -> Pod | None:
    """Return the pod in a file, which lies where the call says unless it says so itself. Raises UsageError for no pod."""
    from gitops_breakglass.adapters.stream import load_stream, read_bounded
    from gitops_breakglass.core.read.policy_case import about_pod, pod_of
    from gitops_breakglass.report.findings.text import as_text

    if file is None:
        return None
    name, text = read_bounded(file, sys.stdin.buffer, largest=1 << 20)
    pieces = load_stream(text, name)
    for finding in (finding for piece in pieces for finding in piece.findings):
        raise UsageError(f"{finding.location}: {finding.message}", hint=finding.hint)
    documents = [document for piece in pieces for document in piece.documents]
    if len(documents) != 1 or documents[0].kind not in {"", "Pod"}:
        kinds = ", ".join(document.kind or "a document without a kind" for document in documents) or "nothing"
        raise UsageError(f"{name}: a pod is wanted, and there is {kinds}", hint="`kubectl get pod NAME -o yaml`")
    about = about_pod(documents[0], "the pod")
    for finding in about:
        if finding.is_error:
            raise UsageError(f"{finding.location}: {finding.message}", hint=finding.hint)
    click.echo(as_text(about), nl=False, err=True)
    return pod_of(documents[0].data, namespace=ask.namespace, name=ask.name)


def read_labels(text: str) -> dict[str, str]:
    """Return the labels of `a=b,c=d`; of an empty text none. Raises UsageError where it is anything else."""
    found: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        key, equals, value = part.strip().partition("=")
        if not key or not equals or key in found:
            why = f"{key} is given twice" if key in found else f"{part!r} is no `key=value`"
            raise UsageError(f"--namespace-labels: {why}", hint="write them as team=web,tier=gold")
        found[key] = value
    return found
