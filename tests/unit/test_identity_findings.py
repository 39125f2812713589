"""`identities check`: each account and team of the file, as the forge has it."""

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.adapters.bundled import schema_catalog
from gitops_breakglass.flows.identities import against_forge, check_identities, is_known
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.report.findings.text import as_text

FILE = """\
apiVersion: config.gitops-breakglass.dev/v1alpha1
kind: Identities
people:
  - name: alice
    emails: [alice@example.com]
    github: [{id: 1, login: alice}, {id: 2, login: alice-private}]
  - name: ben
    emails: [ben@example.com]
    github: {id: 3, login: ben}
    gitlab: {id: 3, login: someone}
  - name: carol
    emails: [carol@example.com]
groups:
  - name: developers
    members: [alice]
  - name: leads
    github: {organization: 9, team: 70}
  - name: elsewhere
    gitlab: {group: 5}
"""
LEADS = Team(Provider.GITHUB, "70", organization="9")


class Answers:
    """A forge that knows accounts by number and the members of teams."""

    identity = ForgeIdentity(Provider.GITHUB, "1")

    def __init__(self, accounts, members, *, down=False):
        self._accounts, self._members, self._down = accounts, members, down

    def accounts(self, accounts):
        if self._down:
            raise UnreachableError("GitHub does not answer", hint="wait")
        return {each: self._accounts.get(each.id) for each in accounts}

    def members(self, teams):
        if self._down:
            raise UnreachableError("GitHub does not answer", hint="wait")
        return dict.fromkeys(teams, self._members)


def github(number, login):
    return Account(Provider.GITHUB, str(number), login)


USUAL = {"1": github(1, "alice"), "2": github(2, "Alice-Private"), "3": github(3, "ben")}
BEN = frozenset({github(3, "ben")})


def found(accounts=None, members=BEN, text=FILE, **words):
    (document,) = yamlfile.load(text.encode(), "identities.yaml").documents
    return against_forge(document, Answers({**USUAL, **(accounts or {})}, members, **words))


def test_what_is_as_it_is_written_is_not_told_but_for_who_is_in_no_group():
    assert as_text(found()) == (
        "identities.yaml:11:5: note[person-in-no-group] carol is in no group, so may only what policies give to them by name\n"
        "  hint: add them to a group, or take them out if they have left\n"
    )


def test_each_account_that_is_otherwise_is_told_at_its_place():
    told = found({"1": None, "2": github(2, "ally"), "3": Unread("HTTP 403", "look at the token")})
    assert as_text(told).splitlines()[:6] == [
        "identities.yaml:6:15: error[account-gone] alice: there is no account 1 at github any more",
        "  hint: take it out, or write the number of the account that they have now",
        "identities.yaml:6:45: warning[renamed-account] alice: account 2 at github is called ally now, not alice-private",
        "  hint: write `login: ally`",
        "identities.yaml:9:14: warning[account-unread] ben: account 3 at github can't be looked up: HTTP 403",
        "  hint: look at the token",
    ]
    assert not is_known(told)


def test_an_account_that_goes_by_another_person_s_login_is_an_error():
    (told,) = (each for each in found({"3": github(3, "ALICE")}) if each.severity is Severity.ERROR)
    assert (told.rule, told.location.line) == ("recycled-login", 9)
    assert told.message == "ben: account 3 at github is called ALICE, and here alice is account 1"


def test_two_accounts_of_one_person_may_swap_their_logins():
    swapped = found({"1": github(1, "alice-private"), "2": github(2, "alice")})
    assert [each.rule for each in swapped] == ["renamed-account", "renamed-account", "person-in-no-group"]


def test_a_team_that_can_t_be_seen_is_not_an_empty_one():
    told = found(members=Unread("HTTP 404", "give the token Members: read"))
    assert [(each.rule, each.severity) for each in told] == [("team-unread", Severity.WARNING)]
    assert told[0].message == "who is in group leads (github team 70 of organization 9) can't be said: HTTP 404"
    assert not is_known(told)


def test_members_without_an_entry_are_named_and_a_team_of_none_is_warned_of():
    strangers = frozenset(github(number, f"s{number}") for number in range(10, 22))
    (note,) = (each for each in found(members=BEN | strangers) if each.rule == "member-without-entry")
    assert note.message.endswith("nobody here: " + ", ".join(f"s{n} ({n})" for n in range(10, 20)) + " and 2 more")
    assert note.severity is Severity.NOTE
    for members, what in ((strangers, "none of its members has an entry here"), (frozenset(), "nobody is in it")):
        (warning,) = (each for each in found(members=members) if each.rule == "team-of-nobody")
        assert warning.message == f"group leads (github team 70 of organization 9): {what}"


def test_a_forge_that_does_not_answer_leaves_everything_unknown():
    assert [each.rule for each in found(down=True)] == ["account-unread"] * 3 + ["team-unread"]


def test_what_check_finds_in_the_file_is_told_too_and_a_broken_file_is_not_compared():
    def checked(text):
        entries = {"identities.yaml": text.encode()}
        return check_identities(entries, Answers(USUAL, BEN), loader=yamlfile.load, catalog=schema_catalog())

    shared = FILE.replace("github: {id: 3, login: ben}", "github: {id: 1, login: alice}")
    assert [each.rule for each in checked(shared) if each.severity is Severity.ERROR].count("identity-not-unique") == 2
    broken = checked(FILE.replace("id: 3, login: ben", "id: three, login: ben"))
    assert "schema" in {each.rule for each in broken}
    assert not {each.rule for each in broken} & {"account-gone", "account-unread", "person-in-no-group"}
