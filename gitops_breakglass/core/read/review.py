"""`SubjectAccessReview` documents: what an API server asks its authorizer about one call."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.core.smallest_edit import nearest_of
from gitops_breakglass.model.deny import Ask
from gitops_breakglass.model.document import Document, Node

_GROUP = "authorization.k8s.io"
_KINDS = ("SubjectAccessReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview")
_RULE = "unreadable-review"
_SPEC = ("resourceAttributes", "nonResourceAttributes", "user", "groups", "group", "uid", "extra")
_RESOURCE = (
    "namespace",
    "verb",
    "group",
    "version",
    "resource",
    "subresource",
    "name",
    "fieldSelector",
    "labelSelector",
)
_URL = ("path", "verb")
_UNSAID = (None, "")


def read_review(document: Document, *, labels: Mapping[str, str] | None = None, is_known: bool = False) -> Read[Ask]:
    """Read a review into the call that it is about; `labels` are those of its namespace, None where they are not known.

    Where it `is_known` to be one, it need not say so itself: what it says of its kind has to be right.

    What it leaves out is empty, as it is for an API server. A field that Kubernetes does not have, or one of another type,
    is a finding: an answer to another question than was meant would be worth nothing.
    """
    reading = Reading(document)
    _kind(reading, is_known=is_known)
    spec = reading.node("spec")
    if not isinstance(spec, Mapping):
        hint = "`spec: {resourceAttributes: {verb: …, resource: …}}`"
        reading.report(_RULE, "the review has no `spec` with attributes", "spec", hint=hint)
        return reading.done(None)
    _fields(reading, spec, _SPEC, "spec")
    resource, url = reading.has("spec", "resourceAttributes"), reading.has("spec", "nonResourceAttributes")
    if resource is url:
        what = "both of `resourceAttributes` and `nonResourceAttributes`" if resource else "no attributes"
        hint = "`resourceAttributes` for an object, `nonResourceAttributes` for a URL: exactly one of them"
        reading.report(_RULE, f"the review has {what}", "spec", hint=hint)
        return reading.done(None)
    return reading.done(_of_resource(reading, labels) if resource else _of_url(reading))


def _of_resource(reading: Reading, labels: Mapping[str, str] | None) -> Ask:
    path = ("spec", "resourceAttributes")
    words = _words(reading, path, _RESOURCE)
    resource, slash, subresource = words["resource"].partition("/")
    if slash and words["subresource"]:
        message = f"`resource` {words['resource']} has a subresource of its own beside `subresource`"
        reading.report(
            _RULE, message, *path, "resource", hint="write the resource alone, and its subresource beside it"
        )
    return Ask(
        verb=words["verb"],
        group=words["group"],
        resource=resource,
        # `pods/exec` is how rules have it; a review that has it so can mean nothing else.
        subresource=words["subresource"] or subresource,
        namespace=words["namespace"],
        name=words["name"],
        namespace_labels=labels,
    )


def _of_url(reading: Reading) -> Ask:
    words = _words(reading, ("spec", "nonResourceAttributes"), _URL)
    return Ask(verb=words["verb"], path=words["path"] or "/")


def _words(reading: Reading, path: tuple[str, ...], known: tuple[str, ...]) -> dict[str, str]:
    node = reading.node(*path)
    if not isinstance(node, Mapping):
        reading.report(
            _RULE, f"`{'.'.join(path)}` has to be a mapping of fields", *path, hint="see a review of kubectl's"
        )
        return dict.fromkeys(known, "")
    _fields(reading, node, known, *path)
    found = {}
    for name in known:
        value = node.get(name)
        if isinstance(value, str) or value is None:
            found[name] = value or ""
            continue
        found[name] = ""
        # Selectors narrow what a list shows; no deny policy looks at them.
        if not (name.endswith("Selector") and isinstance(value, Mapping)):
            reading.report(_RULE, f"`{'.'.join(path)}.{name}` has to be text", *path, name, hint="put it into quotes")
    return found


def _fields(reading: Reading, node: Mapping[str, Node], known: tuple[str, ...], *path: str) -> None:
    for name in node:
        if name not in known:
            close = nearest_of(name, known)
            hint = f"did you mean `{close}`?" if close else f"it has {', '.join(known)}"
            reading.report(_RULE, f"`{'.'.join(path)}` has no field `{name}`", *path, name, hint=hint)


def _kind(reading: Reading, *, is_known: bool) -> None:
    document = reading.document
    group, slash, _ = document.api_version.partition("/")
    is_kind = document.kind in _KINDS or (is_known and document.data.get("kind") in _UNSAID)
    is_version = (group == _GROUP and slash) or (is_known and document.data.get("apiVersion") in _UNSAID)
    if not is_kind or not is_version:
        what = f"{document.kind or 'a document without a kind'} ({document.api_version or 'no apiVersion'})"
        hint = f"`apiVersion: {_GROUP}/v1` and `kind: {_KINDS[0]}`"
        reading.report(_RULE, f"this is no access review but {what}", "kind", hint=hint)
