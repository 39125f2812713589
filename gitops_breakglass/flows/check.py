"""Check the files of an access repository as they lie there, without credentials and without running any of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from gitops_breakglass.core.read.kinds import FREEZE, REQUESTS, is_policy_path, looks_like_freeze, looks_like_policy
from gitops_breakglass.model.finding import Finding, Location, Severity, in_order
from gitops_breakglass.model.verdict import Verdict

if TYPE_CHECKING:
    from gitops_breakglass.core.rules.rule import PolicyFacts
    from gitops_breakglass.core.validate import Schemas
    from gitops_breakglass.ports import DocumentLoader, Pool
    from gitops_breakglass.ports.machine import R, T

WORK_TREE = "work-tree"
"""Stands where a commit's id would: what is checked may not be committed yet."""
AT_ONCE = 200
"""Requests that a worker is given at a time: few enough that all end together, enough that handing out costs nothing."""


@dataclass(frozen=True)
class Checked:
    """What a check found, in the order in which it is told, and how much it looked at."""

    findings: tuple[Finding, ...]
    requests: int
    documents: int
    files: tuple[str, ...] = ()
    """The paths of both sides that findings were told about, if there were any."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is an error."""
        return not any(finding.is_error for finding in self.findings)


@dataclass(frozen=True)
class Asked:
    """What is asked about: files in `places` (files and folders; everywhere, where there are none) that `changed`.

    None is every file. A change of the policy side may turn every verdict, so that with one every file is asked about.
    """

    places: Sequence[str] = ()
    changed: Collection[str] | None = None

    @cached_property
    def policy_changed(self) -> bool:
        """Whether a file of the policy side is among those that changed."""
        return any(map(is_policy_path, self.changed or ()))

    def takes(self, path: str) -> bool:
        """Whether findings in this file are told."""
        is_inside = not self.places or any(each in {"", path} or path.startswith(f"{each}/") for each in self.places)
        return is_inside and (self.changed is None or self.policy_changed or path in self.changed)

    def leads_through(self, path: str) -> bool:
        """Whether something below this path is asked about: where that is a link, nothing there is read."""
        return any(each.startswith(f"{path}/") for each in self.places)


class Verdicts(Protocol):
    """What `check` said of files before. Nothing that grants access is ever handed one."""

    def about_policy(self, digest: str) -> Verdict | None:
        """Return what was said of the policy side with this digest; what was said under another one is forgotten."""
        ...

    def recall(self, path: str) -> Verdict | None:
        """Return what was said of a request under this policy side, where its content is surely the same."""
        ...

    def remember(self, path: str, digest: str, verdict: Verdict) -> None:
        """Keep what is said of a file with this content (SHA-256, hexadecimal), unless it is not lasting.

        No path is the policy side's, whose digest is that of `about_policy`.
        """
        ...


class OneByOne:
    """The pool that is none: every call is made here."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return the results in the order of the items."""
        return [function(each) for each in items]


class Forgetful:
    """Remembers no verdict."""

    def about_policy(self, digest: str) -> Verdict | None:  # noqa: ARG002 - what the port asks for
        """Return nothing."""
        return None

    def recall(self, path: str) -> Verdict | None:  # noqa: ARG002
        """Return nothing."""
        return None

    def remember(self, path: str, digest: str, verdict: Verdict) -> None:
        """Keep nothing."""


EVERYTHING = Asked()


def check(
    entries: Mapping[str, bytes],
    *,
    not_files: Sequence[str] = (),
    asked: Asked = EVERYTHING,
    loader: DocumentLoader,
    catalog: Schemas,
    pool: Pool | None = None,
    verdicts: Verdicts | None = None,
) -> Checked:
    """Judge the files, by path in the repository; `not_files` are links and the like that were found among them.

    The whole policy side is always judged, since it decides about every request; of the requests those that are asked
    about. None of them is kept in memory, so a pool may share out as many as there are. What was said before of the same
    content under the same policy side is said again.
    """
    verdicts = verdicts or Forgetful()
    side = _PolicySide(entries, loader, catalog)
    about_policy = verdicts.about_policy(side.digest)
    if about_policy is None:
        about_policy = side.verdict
        verdicts.remember("", side.digest, about_policy)
    requests = [path for path in sorted(entries) if path.startswith(REQUESTS) and asked.takes(path)]
    said = {path: verdict for path in requests if (verdict := verdicts.recall(path)) is not None}
    new = [path for path in requests if path not in said]
    if new:
        judge = partial(_judge, entries, side.facts, loader, catalog)
        chunks = [new[start : start + AT_ONCE] for start in range(0, len(new), AT_ONCE)]
        for path, digest, verdict in chain.from_iterable((pool or OneByOne()).map(judge, chunks)):
            said[path] = verdict
            verdicts.remember(path, digest, verdict)
    told = [_not_a_file(path) for path in not_files if asked.takes(path) or asked.leads_through(path)]
    told += [_not_read(path) for path in entries if looks_like_policy(path) and asked.takes(path)]
    told += [_freezes(path) for path in entries if path != FREEZE and looks_like_freeze(path) and asked.takes(path)]
    told += [finding for finding in about_policy.findings if asked.takes(finding.location.path)]
    told += [finding for verdict in said.values() for finding in verdict.findings]
    files = (*filter(asked.takes, side.paths), *requests)
    return Checked(in_order(told), len(requests), about_policy.documents, files)


class _PolicySide:
    """The policy side of a repository, judged only where somebody asks for what that gives."""

    def __init__(self, entries: Mapping[str, bytes], loader: DocumentLoader, catalog: Schemas) -> None:
        self._entries = {path: entries[path] for path in sorted(entries) if is_policy_path(path)}
        self._loader = loader
        self._catalog = catalog

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self._entries)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all paths and contents, in hexadecimal."""
        digest = hashlib.sha256()
        for path, content in self._entries.items():
            name = path.encode()
            digest.update(b"%d %d " % (len(name), len(content)) + name + content)
        return digest.hexdigest()

    @cached_property
    def _judged(self) -> tuple[PolicyFacts | None, Verdict]:
        # Here, and not above: what judges takes longer to import than ten thousand remembered verdicts to read.
        from gitops_breakglass.core.validate import judge_policy
        from gitops_breakglass.flows.load import parse_policy

        files = parse_policy(self._entries, loader=self._loader)
        facts, findings = judge_policy(files, commit=WORK_TREE, schemas=self._catalog)
        return facts, Verdict(findings, documents=sum(len(file.documents) for file in files))

    @property
    def facts(self) -> PolicyFacts | None:
        return self._judged[0]

    @property
    def verdict(self) -> Verdict:
        return self._judged[1]


def _judge(
    entries: Mapping[str, bytes],
    facts: PolicyFacts | None,
    loader: DocumentLoader,
    catalog: Schemas,
    paths: Sequence[str],
) -> list[tuple[str, str, Verdict]]:
    """Return path, SHA-256 and verdict of each of these requests."""
    from gitops_breakglass.core.validate import verdict_on
    from gitops_breakglass.flows.load import parse_request

    judged = []
    for path in paths:
        content = entries[path]
        verdict = verdict_on(parse_request(path, content, blob=None, loader=loader), facts, schemas=catalog)
        judged.append((path, hashlib.sha256(content).hexdigest(), verdict))
    return judged


def _not_a_file(path: str) -> Finding:
    return Finding(
        "not-a-file",
        "this is no plain file, so nothing is read through it",
        Location(path),
        hint="replace the link by the file itself",
    )


def _not_read(path: str) -> Finding:
    return Finding(
        "not-read",
        "this file is not read: its name does not end in .yaml or .yml",
        Location(path),
        hint=f"call it `{path.rpartition('.')[0]}.yaml`, with YAML in it",
    )


def _freezes(path: str) -> Finding:
    return Finding(
        "frozen",
        f"nothing new is granted on any cluster while this is there, since it may be meant to be {FREEZE}",
        Location(path),
        Severity.WARNING,
        hint=f"call it {FREEZE}, or delete it",
    )
