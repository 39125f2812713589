"""How the objects of `install` are told from the grants' and from everybody else's."""

from __future__ import annotations

from gitops_breakglass.model.kube import DOMAIN, MANAGED_BY, MANAGER, LiveObject, Manifest

INSTALLER = f"{MANAGER}-install"
"""The value of the managed-by label: not the grants' own, so that no reconcile and no sweep takes these for a grant."""
PART_OF = "app.kubernetes.io/part-of"
POD_RULES = f"{DOMAIN}/pod-rules"
"""Annotation of the guard on pods: the digests of the rule sets that it holds grants to, sorted, with spaces between."""
UNCOVERED = f"{DOMAIN}/uncovered-namespaces"
"""Annotation of the guard on pods: namespaces in which it looks at no pod, sorted, with spaces between."""
PROBED = f"{DOMAIN}/probed"
"""Annotation of a probe: the uid and generation of the parameters that it asks about, with a slash between."""
LABELS = {MANAGED_BY: INSTALLER, PART_OF: MANAGER}
GUARD_DENIES = "gitops-breakglass-guard-denies"
"""The guard that refuses calls by parameters."""
GUARD_PODS = "gitops-breakglass-guard-pods"
"""The first policy that guards pods and its binding; the others are named so with `-2`, `-3` and so on."""


def metadata(name: str, namespace: str = "") -> dict[str, object]:
    """Return the metadata of an object of ours; `namespace` is empty for cluster-scoped kinds."""
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "labels": dict(LABELS)}


def is_installed(live: LiveObject) -> bool:
    """Whether an earlier `install` made the object, or the administrator gave it to us by labelling it so."""
    return live.labels.get(MANAGED_BY) == INSTALLER


def marked(manifest: Manifest) -> Manifest:
    """Return the manifest with our labels added to its own."""
    given = manifest["metadata"]
    return {**manifest, "metadata": {**given, "labels": {**(given.get("labels") or {}), **LABELS}}}


def words_of(manifest: Manifest, annotation: str) -> frozenset[str]:
    """Return the words of an annotation that has spaces between them; none where it is not there."""
    text = (manifest["metadata"].get("annotations") or {}).get(annotation, "")
    return frozenset(text.split())
