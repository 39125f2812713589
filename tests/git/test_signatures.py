"""Whose signature is it: real keys over real objects, and what forgers make of them."""

import shutil
import subprocess

import pytest

from gitops_breakglass.adapters.git_parse import GitObject
from gitops_breakglass.adapters.signatures import Signatures, Signed, Unproven, inner_name, message
from tests.git.world import World

NOT_SIGNED = Unproven("is not signed")
TWO = Unproven("has more than one signature")
NOT_SSH = Unproven("is not signed with SSH")
AROUND = Unproven("has a signature with something around it")
WRONG = Unproven("has a signature that does not verify over it")
INSIDE = Unproven("has a signature inside its message")
CONTROL = Unproven("has control characters where git writes none")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    world.policy({"a.yaml": "1\n"})
    return world


@pytest.fixture(scope="module")
def alice(world):
    return world.person("alice")


@pytest.fixture(scope="module")
def commit(world, alice):
    return world.repository().objects([alice.commits({"a.yaml": "2\n"}, on="one")])[world.head("one")]


@pytest.fixture(scope="module")
def tag(world, alice):
    made = alice.tags("v1", world.tip, "the reason\n\nat length")
    return world.repository().objects([made])[made]


def judged(stored, data=None):
    changed = GitObject(stored.id, stored.type, stored.data if data is None else data)
    return Signatures().verdict(changed)


def signature_of(tag):
    begin = tag.data.index(b"-----BEGIN SSH")
    return tag.data[:begin], tag.data[begin:]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_every_kind_of_key_signs_commits_and_tags(world, kind):
    somebody = world.person(kind, kind)
    made = [somebody.commits({"a.yaml": kind}, on=kind), somebody.tags(f"by-{kind}", world.tip)]
    stored = world.repository().objects(made)
    assert [judged(stored[each]) for each in made] == [Signed(somebody.fingerprint)] * 2


def test_what_a_tag_says(tag, commit):
    assert (inner_name(tag), message(tag)) == ("v1", "the reason\n\nat length")
    assert (inner_name(commit), message(commit)) == (None, "change")


def test_one_changed_byte_and_it_is_nobodys(commit, tag):
    assert judged(commit, commit.data.replace(b"change", b"Change")) == WRONG
    assert judged(tag, tag.data.replace(b"reason", b"Reason")) == WRONG


def test_a_signature_of_another_object_does_not_verify(world, alice, commit):
    other = alice.commits({"a.yaml": "3\n"}, on="two")
    other = world.repository().objects([other])[other]
    taken = b"gpgsig" + other.data.partition(b"gpgsig")[2].partition(b"\n\n")[0]
    own = b"gpgsig" + commit.data.partition(b"gpgsig")[2].partition(b"\n\n")[0]
    assert judged(commit, commit.data.replace(own, taken)) == WRONG


def test_without_a_signature(commit, tag):
    headers, _, text = commit.data.partition(b"\n\n")
    assert judged(commit, headers.partition(b"\ngpgsig")[0] + b"\n\n" + text) == NOT_SIGNED
    assert judged(tag, signature_of(tag)[0]) == NOT_SIGNED


def test_several_signatures(commit, tag):
    headers, _, text = commit.data.partition(b"\n\n")
    signature = b"gpgsig" + headers.partition(b"gpgsig")[2]
    assert judged(commit, headers + b"\n" + signature + b"\n\n" + text) == TWO
    assert judged(tag, tag.data + signature_of(tag)[1]) == TWO


def test_a_signature_inside_the_message(commit, tag):
    """As git shows it, it would be taken for the object's own."""
    for inside in (b"\ngpgsig x\n", signature_of(tag)[1], b"\n-----BEGIN PGP SIGNATURE-----\n"):
        assert judged(commit, commit.data + inside) == INSIDE


def test_a_tag_with_something_after_its_signature(tag):
    for rest in (b"\n", b"x\n", b" ", b"-----END SSH SIGNATURE-----\n"):
        assert judged(tag, tag.data + rest) == AROUND


def test_a_signature_with_something_in_its_header(commit):
    for rest in (b"\n \n", b"\n x\n", b"\n -----END SSH SIGNATURE-----\n"):
        end = b"-----END SSH SIGNATURE-----"
        assert judged(commit, commit.data.replace(end + b"\n", end + rest, 1)) == AROUND


def test_carriage_returns_and_nuls(commit, tag):
    headers, _, text = commit.data.partition(b"\n\n")
    assert judged(commit, headers.replace(b"\n", b"\r\n") + b"\n\n" + text) == CONTROL
    assert judged(commit, commit.data + b"\0") == CONTROL
    assert judged(tag, tag.data.replace(b"tag v1\n", b"tag v1\r\n")) == CONTROL
    assert judged(tag, tag.data.replace(b"reason", b"rea\0son")) == CONTROL
    payload, signature = signature_of(tag)
    assert judged(tag, payload + signature.replace(b"\n", b"\r\n")) == NOT_SSH


def test_a_tag_with_more_headers_than_git_writes(tag):
    assert judged(tag, tag.data.replace(b"\ntagger", b"\ntag v2\ntagger")) == Unproven(
        "has headers that git does not write"
    )


def test_a_signature_for_the_other_hash(commit):
    other = commit.data.replace(b"gpgsig ", b"gpgsig-sha256 ")
    assert judged(commit, other) == Unproven("has a signature under another header (gpgsig-sha256)")


def test_pgp_and_x509_are_not_ours(commit, tag):
    for kind in (b"PGP SIGNATURE", b"SIGNED MESSAGE"):
        for stored in (commit, tag):
            assert judged(stored, stored.data.replace(b"SSH SIGNATURE", kind)) == NOT_SSH


def test_armor_that_is_no_base64(tag):
    payload, _ = signature_of(tag)
    armor = b"-----BEGIN SSH SIGNATURE-----\nA=BC\n-----END SSH SIGNATURE-----\n"
    assert judged(tag, payload + armor) == Unproven("has a signature that can't be read")
    assert judged(tag, payload + armor.replace(b"A=BC", b"AAAA")) == WRONG


def test_a_signature_for_another_purpose(world, alice, tag):
    """A key signs files too (`-n file`); such a signature approves nothing."""
    payload, _ = signature_of(tag)
    file = world.root / "payload"
    file.write_bytes(payload)
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", "file", "-f", str(alice.key), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    assert judged(tag, payload + file.with_suffix(".sig").read_bytes()) == WRONG


def test_a_certificate_is_no_key(world, alice, tag):
    """A certificate authority could make any number of them for one key; only keys are listed for people."""
    folder = world.root / "certificate"
    folder.mkdir()
    for name in ("alice", "alice.pub"):
        shutil.copy(world.root / "keys" / name, folder / name)
    authority = world.person("authority")
    command = ["ssh-keygen", "-q", "-s", str(authority.key), "-I", "x", "-n", "ben", str(folder / "alice.pub")]
    subprocess.run(command, check=True, capture_output=True)
    payload, _ = signature_of(tag)
    (folder / "payload").write_bytes(payload)
    sign = [
        "ssh-keygen",
        "-Y",
        "sign",
        "-q",
        "-n",
        "git",
        "-f",
        str(folder / "alice-cert.pub"),
        str(folder / "payload"),
    ]
    signed = subprocess.run(sign, check=False, capture_output=True)
    assert signed.returncode == 0, signed.stderr
    assert judged(tag, payload + (folder / "payload.sig").read_bytes()) == WRONG


def test_an_object_is_verified_once(commit):
    signatures = Signatures()
    first = signatures.verdict(commit)
    assert signatures.verdict(GitObject(commit.id, commit.type, b"what lies under an id never changes")) is first
