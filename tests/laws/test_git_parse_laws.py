"""Whatever people call their files, what git prints about them is read back as it was."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters import git_parse
from gitops_breakglass.adapters.git_parse import GitObject, RawChange, RawCommit
from gitops_breakglass.ports import TreeEntry

IDS = st.binary(min_size=20, max_size=20).map(bytes.hex)
MODES = st.sampled_from(["000000", "100644", "100755", "120000", "160000"])
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
HOSTILE = st.sampled_from([":000000 100644 " + "0" * 81 + " A", "0" * 40, "0" * 40 + " ", "\n", "\n:x", " "])
PATHS = NAMES | HOSTILE
CHANGES = st.builds(RawChange, path=PATHS, status=st.sampled_from("ADMT"), mode=MODES, blob=IDS)
COMMITS = st.builds(
    RawCommit,
    id=IDS,
    parents=st.lists(IDS, max_size=3).map(tuple),
    changes=st.lists(CHANGES, max_size=3).map(tuple),
)
ENTRIES = st.builds(TreeEntry, path=PATHS, mode=MODES, blob=IDS, size=st.integers(0, 10**12))
OBJECTS = st.builds(GitObject, id=IDS, type=st.sampled_from(["blob", "commit", "tag"]), data=st.binary())


def printed(change):
    return f":100644 {change.mode} {'1' * 40} {change.blob} {change.status}\0{change.path}\0"


@given(st.lists(COMMITS))
def test_a_log_is_read_back(commits):
    text = ""
    for commit in commits:
        changes = "".join(printed(change) for change in commit.changes)
        text += f"{commit.id} {' '.join(commit.parents)}\0" + ("\n" + changes if changes else "")
    assert git_parse.log(text.encode()) == tuple(commits)


@given(st.lists(CHANGES))
def test_differences_are_read_back(changes):
    assert git_parse.changes("".join(map(printed, changes)).encode()) == tuple(changes)


@given(st.lists(ENTRIES))
def test_a_tree_is_read_back(entries):
    text = "".join(f"{each.mode} blob {each.blob} {each.size:>7}\t{each.path}\0" for each in entries)
    assert [entry for _, entry in git_parse.entries(text.encode())] == entries


@given(st.lists(OBJECTS))
def test_objects_are_read_back(objects):
    raw = b"".join(f"{each.id} {each.type} {len(each.data)}\n".encode() + each.data + b"\n" for each in objects)
    assert list(git_parse.objects(raw)) == objects
