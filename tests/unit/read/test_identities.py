import subprocess
from datetime import UTC, datetime

import pytest

from gitops_breakglass.core.read.identities import NOT_ASKED, read_identities
from gitops_breakglass.core.read.ssh_key import parse_public_key
from gitops_breakglass.model.identity import Account, Group, Identities, Person, Provider, SshKey, Team
from tests.unit.read.documents import document, rules_of

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/"

ECDSA = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA"
    "ABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)


def identities(people, groups="[]"):
    return read_identities(document(f"{{kind: Identities, people: [{people}], groups: {groups}}}", "identities.yaml"))


def names(read):
    return [person.name for person in read.value.people]


def test_a_person_has_one_account_or_several():
    read = identities(
        "{name: alice, github: [{id: 12, login: ally}, {id: 14}], gitlab: [{id: 13}]}, {name: ben, github: {id: 15}}"
    )
    assert read.findings == ()
    alice, ben = read.value.people
    assert alice.accounts == (
        Account(Provider.GITHUB, "12"),
        Account(Provider.GITHUB, "14"),
        Account(Provider.GITLAB, "13"),
    )
    assert ben.accounts == (Account(Provider.GITHUB, "15"),)
    assert [read.value.holder(each, None).name for each in alice.accounts] == ["alice"] * 3


def test_an_account_in_two_lists_is_nobody_s():
    read = identities("{name: alice, github: [{id: 12}, {id: 14}]}, {name: ben, github: [{id: 14}]}, {name: carol}")
    assert rules_of(read.findings) == ["identity-not-unique"] * 2
    assert names(read) == ["carol"]


def test_a_group_is_a_list_or_a_team():
    read = identities(
        "{name: one}",
        "[{name: a, members: [one]}, {name: b, github: {organization: 9, team: 7, name: acme/b}},"
        " {name: c, gitlab: {group: 5}}, {name: d, gitlab: {group: 5, minAccess: maintainer}},"
        " {name: e, gitlab: {group: 5, minAccess: boss}}]",
    )
    assert read.findings == ()
    assert [(group.team, group.unread) for group in read.value.groups] == [
        (None, None),
        (Team(Provider.GITHUB, "7", organization="9"), NOT_ASKED),
        (Team(Provider.GITLAB, "5", min_access=30), NOT_ASKED),
        (Team(Provider.GITLAB, "5", min_access=40), NOT_ASKED),
        (Team(Provider.GITLAB, "5", min_access=50), NOT_ASKED),
    ]


def test_a_person_in_full():
    read = identities(
        "{name: alice, emails: [alice@example.com], username: al, usernames: {prod: 'oidc:al'},"
        " github: {id: 12, login: ally}, gitlab: {id: 13, bot: true}, identityProviders: [corp],"
        f" sshKeys: ['{ED25519} alice@laptop', {{key: {OTHER}, validAfter: '2026-01-01T00:00:00Z',"
        " validBefore: '2027-01-01T00:00:00Z'}]}",
        "[{name: developers, members: [alice, ben]}]",
    )
    assert read.findings == ()
    assert read.value == Identities(
        (
            Person(
                name="alice",
                emails=("alice@example.com",),
                username="al",
                usernames={"prod": "oidc:al"},
                accounts=(Account(Provider.GITHUB, "12", "ally"), Account(Provider.GITLAB, "13", bot=True)),
                keys=(
                    SshKey(ED25519, parse_public_key(ED25519).fingerprint),
                    SshKey(
                        OTHER,
                        parse_public_key(OTHER).fingerprint,
                        datetime(2026, 1, 1, tzinfo=UTC),
                        datetime(2027, 1, 1, tzinfo=UTC),
                    ),
                ),
                identity_providers=("corp",),
            ),
        ),
        (Group("developers", frozenset({"alice", "ben"})),),
    )
    assert read.value.people[0].accounts[1].bot


@pytest.mark.parametrize(
    "arguments",
    [("ed25519",), ("ecdsa", "-b", "256"), ("ecdsa", "-b", "384"), ("ecdsa", "-b", "521"), ("rsa", "-b", "2048")],
)
def test_a_fingerprint_is_what_openssh_prints(tmp_path, arguments):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", *arguments, "-N", "", "-C", "a comment", "-f", key], check=True)
    printed = subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout
    text = key.with_suffix(".pub").read_text()
    parsed = parse_public_key(text)
    assert parsed.fingerprint == printed.split()[1]
    assert parsed.text == " ".join(text.split()[:2])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        ED25519[:-1],
        ED25519[:-4],
        ED25519 + "AAAA",
        ED25519.replace("AAAAC3", "AAAAC_"),
        ED25519.replace("ssh-ed25519", "ssh-rsa"),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAgAB",
        f'command="id" {ED25519}',
        f"{ED25519}\n{OTHER}",
        "ssh-dss AAAAB3NzaC1kc3M=",
        "ssh-ed25519 AAAA",
        ECDSA.replace("Pj8=", "Pj9="),
        ECDSA.replace("ecdsa-sha2-nistp256", "ssh-rsa"),
    ],
)
def test_what_is_no_public_key_leaves_its_person_out(text):
    with pytest.raises(ValueError):
        parse_public_key(text)


def test_the_keys_that_these_are_changed_from_are_keys():
    assert [parse_public_key(text).text for text in (ED25519, OTHER, ECDSA)] == [ED25519, OTHER, ECDSA]


def test_a_person_with_a_broken_key_is_left_out_and_others_are_not():
    read = identities(f"{{name: alice, sshKeys: [ssh-ed25519 AAAA]}}, {{name: ben, sshKeys: [{ED25519}]}}")
    assert names(read) == ["ben"]
    assert rules_of(read.findings) == ["invalid-key"]


@pytest.mark.parametrize(
    "first, second",
    [
        (f"sshKeys: [{ED25519}]", f"sshKeys: [{{key: '{ED25519} copy', validBefore: '2020-01-01T00:00:00Z'}}]"),
        ("emails: [a@example.com]", "emails: [A@Example.com]"),
        ("github: {id: 5, login: one}", "github: {id: 5, login: two}"),
        ("username: al", "usernames: {prod: al}"),
        ("emails: [a@example.com]", "username: a@example.com"),
        ("emails: [x@example.com], usernames: {prod: al}", "emails: [y@example.com], username: al"),
    ],
)
def test_two_people_who_share_something_are_both_left_out(first, second):
    read = identities(f"{{name: one, {first}}}, {{name: two, {second}}}, {{name: three, username: three}}")
    assert names(read) == ["three"]
    assert set(rules_of(read.findings)) == {"identity-not-unique"}


def test_two_people_of_one_name_are_both_left_out():
    assert names(identities("{name: one, username: a}, {name: one, username: b}")) == []


def test_one_username_for_two_people_on_two_clusters_is_no_conflict():
    read = identities("{name: one, username: a, usernames: {prod: x}}, {name: two, username: b, usernames: {edge: x}}")
    assert names(read) == ["one", "two"]


def test_nobody_has_a_username_of_kubernetes_own():
    read = identities(
        "{name: one, username: 'system:admin'}, {name: two, usernames: {prod: 'kubeadm:x'}}, {name: three}"
    )
    assert names(read) == ["three"]
    assert rules_of(read.findings) == ["system-subject", "system-subject"]


def test_of_two_groups_with_one_name_neither_counts():
    read = identities("{name: one}", "[{name: g, members: [one]}, {name: g, members: []}, {name: h, members: [one]}]")
    assert read.value.groups == (Group("h", frozenset({"one"})),)
    assert rules_of(read.findings) == ["duplicate-name", "duplicate-name"]
