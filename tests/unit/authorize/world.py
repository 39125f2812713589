"""A small world of values for decisions: alice asks, ben leads the team, carol is on call, bots and strangers about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gitops_breakglass.core.authorize import Case
from gitops_breakglass.model.change import Change, Commit, FileChange, Review, ReviewState, Touch
from gitops_breakglass.model.decision import Denied
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.identity import Account, Group, Identities, Person, Provider
from gitops_breakglass.model.identity_provider import IdentityProvider
from gitops_breakglass.model.policy import (
    Audience,
    ClusterAccess,
    ClusterConfig,
    Configuration,
    Escalation,
    ManifestsTarget,
    Offer,
    PolicySide,
)
from gitops_breakglass.model.request import BreakglassRequest, RequestId, Schedule, SessionRequest

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
OPENED = NOW - timedelta(minutes=20)
APPROVED = NOW - timedelta(minutes=10)
MERGED = NOW - timedelta(minutes=5)
ID = RequestId("prod", "inc-1")
BLOB, OTHER = "b" * 40, "c" * 40
BASE, HEAD, LANDING = "1" * 40, "2" * 40, "3" * 40


def account(name, *, bot=False):
    return Account(Provider.GITHUB, str(sum(map(ord, name))), name, bot=bot)


def person(name, **more):
    return Person(name, emails=(f"{name}@example.com",), accounts=(account(name, bot=name.endswith("bot")),), **more)


def identities(*people, groups=None):
    everybody = people or tuple(map(person, ("alice", "ben", "carol", "dora", "ci-bot")))
    teams = groups or {"developers": ["alice", "dora", "ci-bot"], "leads": ["ben"]}
    return Identities(everybody, tuple(Group(name, frozenset(members)) for name, members in teams.items()))


def escalation(**changes):
    usual = Escalation(
        name="shell",
        group="pod-exec",
        clusters=("prod",),
        allowed=Audience(groups=frozenset({"developers"})),
        approvers=Audience(frozenset({"carol@example.com"}), frozenset({"leads"})),
        max_valid_for=timedelta(hours=2),
        approval_timeout=timedelta(hours=1),
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=Location("policies/shell.yaml", 1, 1),
    )
    return replace(usual, **changes)


def offer(**changes):
    usual = Offer(
        name="on-call",
        clusters=("prod",),
        allowed=Audience(groups=frozenset({"developers"})),
        approvers=Audience(frozenset({"carol@example.com"}), frozenset({"leads"})),
        max_duration=timedelta(hours=8),
        cluster_roles=frozenset({"view"}),
    )
    return replace(usual, **changes)


def cluster(**changes):
    return replace(ClusterConfig("prod", Location("clusters/prod.yaml")), **changes)


def provider(name, **changes):
    return IdentityProvider(name, Location("policies/providers.yaml"), f"https://{name}.example.com", **changes)


def policy(*escalations, commit="p" * 40, cluster=None, offers=(), people=None, deny=(), providers=(), **settings):
    configuration = Configuration(
        provider=Provider.GITHUB,
        repository="1",
        policy_approvers=Audience(groups=frozenset({"leads"})),
        offers=offers,
        clusters={"prod": ClusterAccess("prod", ManifestsTarget("out"))},
        **settings,
    )
    return PolicySide(
        commit=commit,
        configuration=configuration,
        identities=people or identities(),
        clusters={"prod": cluster or ClusterConfig("prod", Location("clusters/prod.yaml"))},
        escalations=escalations or (escalation(),),
        deny=deny,
        identity_providers={each.name: each for each in providers},
    )


def session(**changes):
    usual = SessionRequest(ID, Document(ID.path, {}), escalation="shell", duration=timedelta(hours=1), reason="INC-1")
    return replace(usual, **changes)


def breakglass(**changes):
    usual = BreakglassRequest(ID, Document(ID.path, {}), Schedule(timedelta(hours=1)), cluster_roles=("view",))
    return replace(usual, **changes)


def review(name="ben", **changes):
    usual = Review(account(name), ReviewState.APPROVED, HEAD, BLOB, APPROVED, "fine", source=f"review by {name}")
    return replace(usual, **changes)


def commit(name="alice", **changes):
    usual = Commit(HEAD, account(name), (f"{name}@example.com",), touches=True)
    return replace(usual, **changes)


def change(*reviews, **changes):
    files = (FileChange(ID.path, "A"),)
    usual = Change(
        id="7",
        author=account("alice"),
        opened_at=OPENED,
        merged_at=MERGED,
        base=BASE,
        head=HEAD,
        landing=LANDING,
        blob_head=BLOB,
        blob_landing=BLOB,
        blob_now=BLOB,
        files=files,
        landed_files=files,
        commits=(commit(),),
        reviews=reviews,
        pushed_by_author_only=True,
    )
    return replace(usual, **changes)


def touch(**changes):
    return replace(Touch(ID.path, LANDING, BASE, "A", "100644", BLOB), **changes)


def case(*reviews, request=None, policies=None, touches=None, **changes):
    return Case(
        request or session(),
        change(*reviews, **changes),
        policies if policies is not None else (policy(),),
        (touch(),) if touches is None else touches,
    )


def unmerged(*reviews, request=None, policies=None, **changes):
    open_change = {"merged_at": None, "landing": None, "blob_landing": None, "blob_now": None, "landed_files": ()}
    return case(*reviews, request=request, policies=policies, touches=(), **{**open_change, **changes})


def rules_of(decision):
    """The ids of the guards that said no, with those of the reviews that were ignored."""
    assert isinstance(decision, Denied), decision
    return [reason.rule for reason in (*decision.reasons, *decision.ignored)]
