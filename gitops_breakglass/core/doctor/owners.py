"""CODEOWNERS: whether the policy side, and what CI runs, has owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from gitops_breakglass.core.doctor.check import Check
from gitops_breakglass.model.doctor import Diagnosis
from gitops_breakglass.model.identity import Provider

PLACES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where a forge looks for the file; each knows some of them."""
_OF = {
    Provider.GITHUB: (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    Provider.GITLAB: ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
}
_CI = {Provider.GITHUB: ".github/workflows/reconcile.yml", Provider.GITLAB: ".gitlab-ci.yml"}
_POLICY = ("breakglass.yaml", "identities.yaml", "clusters/any.yaml", "policies/any.yaml")

_CHECK = Check(
    "owned-folders", "Who may approve a change of policy or of CI is asked at the forge only where they are its owners."
)


def judge_owners(files: Mapping[str, str], provider: Provider) -> Iterator[Diagnosis]:
    """Say whether what matters has owners; `files` are the texts of those of PLACES that are there."""
    places = _OF.get(provider, ())
    found = next((place for place in places if place in files), None)
    if not places:
        return
    if found is None:
        yield _CHECK.warning(
            "there is no CODEOWNERS", f"add {places[0]} with owners of the policy side, of CI's files and of itself"
        )
        return
    rules = list(_rules(files[found]))
    open_ones = [path for path in (*_POLICY, _CI[provider], found) if not _owner(path, rules)]
    if open_ones:
        named = ", ".join(path.replace("/any.yaml", "/") for path in open_ones)
        yield _CHECK.warning(f"{found} names no owner of {named}", "add a line for each; the last one that fits counts")
    else:
        yield _CHECK.ok(f"{found} names owners of the policy side and of CI's files")


def _rules(text: str) -> Iterator[tuple[str, bool]]:
    """Go through patterns, each with whether it names an owner; a section of GitLab may name the owners of its lines."""
    inherits = False
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0].startswith(("[", "^[")):
            inherits = any(word.startswith("@") or "@" in word for word in words)
            continue
        yield words[0], len(words) > 1 or inherits


def _owner(path: str, rules: list[tuple[str, bool]]) -> bool:
    """Whether the last pattern that fits the path names an owner."""
    return next((owned for pattern, owned in reversed(rules) if _fits(pattern, path)), False)


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern means the path, as gitignore has it: one without a slash but at its end means any depth."""
    steps = tuple(pattern.strip("/").split("/"))
    anywhere = "/" not in pattern.rstrip("/")
    # `folder/*` means what is right in it, `folder` everything below.
    return _leads(("**", *steps) if anywhere else steps, tuple(path.split("/")), whole=pattern.endswith("/*"))


def _leads(steps: tuple[str, ...], path: tuple[str, ...], *, whole: bool) -> bool:
    if not steps:
        return not (whole and path)
    if steps[0] == "**":
        return any(_leads(steps[1:], path[start:], whole=whole) for start in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], steps[0]) and _leads(steps[1:], path[1:], whole=whole)
