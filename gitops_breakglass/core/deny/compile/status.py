"""What the status of a grant says of each policy that concerns it: by which means it is held, and of which rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gitops_breakglass.core.deny.compile.analysis import Analysis
from gitops_breakglass.core.deny.compile.denial import Denial, Where
from gitops_breakglass.core.deny.compile.guard import Guarded
from gitops_breakglass.core.deny.compile.means import Division, Labels
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial
from gitops_breakglass.core.deny.compile.rights import NONE, Places
from gitops_breakglass.core.deny.compile.words import inside, named, rights_in_words
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import ANYWHERE, NamespaceFilter
from gitops_breakglass.model.enforcement import EVERYWHERE, Enforcement, Means

_STRONGEST_FIRST = tuple(Means)


@dataclass(frozen=True)
class _Line:
    """What one line of the status is about, but for the rights."""

    policy: str
    means: Means
    exact: bool = True
    names: tuple[str, ...] = ()
    namespaces: NamespaceFilter = ANYWHERE
    of_pods: bool = False
    is_moved: bool = False


@dataclass
class _Rights:
    cells: dict[Cell, Verbs] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)

    def add(self, place: str, cell: Cell, verbs: Verbs) -> None:
        self.cells[cell] = self.cells.get(cell, NONE) | verbs
        self.places.add(place)


def enforcement_of(
    analysis: Analysis,
    kept: Places,
    divided: Iterable[Division],
    guarded: Iterable[Guarded],
    pods: Iterable[PodDenial],
    labels: Labels | None,
) -> tuple[Enforcement, ...]:
    """Return by which means each policy is held, in words, sorted."""
    lines: defaultdict[_Line, _Rights] = defaultdict(_Rights)
    moved = {(each.policy.name, each.cell) for each in analysis.moves}
    for denial in analysis.denied.denials:
        if absent := denial.verbs - kept.get(denial.place, {}).get(denial.cell, NONE):
            is_known = denial.where is not Where.LABELS or _is_by_labels(denial, absent, analysis, labels)
            is_moved = (denial.policy.name, denial.cell) in moved
            exact = denial.exact and is_known and not is_moved
            line = replace(_line(denial, Means.SUBTRACTED), exact=exact, is_moved=is_moved)
            lines[line].add(denial.place, denial.cell, absent)
    for pod in analysis.denied.pods:
        if pod.is_blind:
            lines[_Line(pod.policy.name, Means.SUBTRACTED)].add(pod.place, pod.cell, pod.verbs)
    for each in analysis.denied.impersonations:
        lines[_Line(each.policy.name, Means.SUBTRACTED, exact=False)].add(each.place, each.cell, each.verbs)
    for some in guarded:
        line = replace(_line(some.denial, Means.GUARDED), exact=some.exact)
        lines[line].add(some.denial.place, some.denial.cell, some.verbs)
    for division in divided:
        denial = division.denial
        if verbs := division.enumerated & kept.get(denial.place, {}).get(denial.cell, NONE):
            lines[replace(_line(denial, Means.ENUMERATED), exact=False)].add(denial.place, denial.cell, verbs)
    for line, place, cell, verbs in _of_pods(pods, kept):
        lines[line].add(place, cell, verbs)
    told = {_told(line, found) for line, found in lines.items()}
    return tuple(sorted(told, key=lambda each: (each.policy, _STRONGEST_FIRST.index(each.means), each)))


def _is_by_labels(denial: Denial, absent: Verbs, analysis: Analysis, labels: Labels | None) -> bool:
    """Whether labels that are known took it: what had gone before anybody asked for labels tells nothing of them."""
    asked = analysis.left.cells.get(denial.place, {}).get(denial.cell, NONE)
    return labels is not None and denial.place in labels and absent <= asked


def _line(denial: Denial, means: Means) -> _Line:
    name = denial.cell[2]
    names = (name,) if name is not None else denial.rule.resource_names if denial.by_name else ()
    return _Line(denial.policy.name, means, names=names, namespaces=denial.rule.namespaces)


def _of_pods(pods: Iterable[PodDenial], kept: Places) -> Iterator[tuple[_Line, str, Cell, Verbs]]:
    for each in pods:
        verbs = each.verbs & kept.get(each.place, {}).get(each.cell, NONE)
        if not verbs:
            continue
        if each.digest:
            yield _Line(each.policy.name, Means.GUARDED, of_pods=True), each.place, each.cell, verbs
        line = _Line(each.policy.name, Means.ENUMERATED, exact=False, of_pods=True)
        for place in each.looked_up:
            yield line, "" if place == EVERYWHERE else place, each.cell, verbs


def _told(line: _Line, found: _Rights) -> Enforcement:
    means: Mapping[Means, str] = {
        Means.GUARDED: ", judged by the pod as it is at that moment",
        Means.ENUMERATED: ", but for the pods that were found allowed",
    }
    pods = means.get(line.means, "") if line.of_pods else ""
    moved = "; the others are given one by one" if line.is_moved else ""
    what = f"{rights_in_words(found.cells)}{named(line.names)}{inside(line.namespaces, found.places)}{pods}{moved}"
    return Enforcement(line.policy, line.means, what, line.exact)
