"""The laws of manifest files: what is written is read, and no key leads out of the folder."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_breakglass.adapters.cluster.manifest_file import UnreadableError, object_of, place_of, text_of
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import RBAC, ObjectKey, key_of

names = st.from_regex(r"\A[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?\Z")
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | texts
    | st.sampled_from(["yes", "1e3", "null", "2026-11-22", "*", "&a", "0o7"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(names, names | st.just(""), values, st.dictionaries(names, texts, max_size=3))
def test_what_is_written_is_what_is_read(name, namespace, spec, annotations):
    where = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **where, **({"annotations": annotations} if annotations else {})}
    manifest = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": metadata, "spec": spec}
    live = object_of(text_of(manifest, "u-1"), place_of(key_of(manifest)))
    read = {**live.manifest, "metadata": dict(live.manifest["metadata"])}
    del read["metadata"]["uid"], read["metadata"]["resourceVersion"]
    assert (live.uid, read) == ("u-1", manifest)
    assert object_of(text_of(live.manifest, live.uid), place_of(live.key)) == live


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_unreadable(content):
    try:
        object_of(content, ("role", "shop", "bg-one.yaml"))
    except UnreadableError:
        return


@given(
    texts | names,
    texts | names,
    texts | names,
    st.sampled_from([RBAC, "v1", "access.gitops-breakglass.dev/v1alpha1"]) | texts,
)
def test_no_key_leads_out_of_the_folder(kind, namespace, name, version):
    try:
        parts = place_of(ObjectKey(version, kind, namespace, name))
    except RefusedError:
        return
    assert all(part not in {"", ".", ".."} and "/" not in part and "\0" not in part for part in parts)
