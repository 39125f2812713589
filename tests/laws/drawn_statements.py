"""Decisions as the laws draw them, with the objects and the records that they make."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from gitops_breakglass.core.rbac.algebra import canonical, rule
from gitops_breakglass.core.record import DECISION_TYPE, digest_of, read_record, record_manifest
from gitops_breakglass.core.render.grant import inventory_of, render_window
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.model.grant import Envelope, ScopedRules, Statement, TrustRoot
from gitops_breakglass.model.kube import LiveObject, key_of
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.window import Window

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
TRUST = TrustRoot("acme/access", "a" * 40, ("ssh-ed25519 AAAA",), "uid-1")


hexes = st.text("0123456789abcdef", min_size=40, max_size=40)
times = st.integers(0, 10**11).map(lambda some: NOW + timedelta(milliseconds=some))
words = st.sampled_from(["get", "list", "create", "pods", "secrets"])
rules = st.lists(
    st.builds(rule, st.sets(words, min_size=1), st.sets(words, min_size=1), names=st.sets(words)),
    min_size=1,
    max_size=3,
).map(lambda some: canonical(tuple(some)))
windows = st.builds(
    lambda minutes, lasts: Window(NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=minutes + lasts)),
    st.integers(-90, 30),
    st.integers(1, 90),
)
names = st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]", fullmatch=True)


@st.composite
def statements(draw):
    name, landing = draw(names), draw(hexes)
    places = draw(st.sets(st.sampled_from(["", "shop", "bank"]), min_size=1))
    return Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="uid-1",
        request=RequestId("prod", name),
        kind=draw(st.sampled_from(["BreakglassSession", "Breakglass"])),
        uid=landing[:32],
        path=f"requests/prod/{name}.yaml",
        blob=draw(hexes),
        landing=landing,
        decided_at=draw(times),
        outcome="granted",
        subject=Subject("User", draw(st.text(min_size=1))),
        windows=(draw(windows),),
        scopes=tuple(ScopedRules(place, draw(rules), draw(st.text())) for place in sorted(places)),
        evidence={"author": draw(st.text()), "approvals": []},
        reasons=tuple(draw(st.lists(st.text(), max_size=2))),
        spec={"user": draw(st.text())},
        previous=draw(st.sampled_from(["", "f" * 64])),
    )


def live(manifest, uid="1"):
    return LiveObject(key_of(manifest), uid, manifest)


def rendered(statement):
    """Every object that the statement gives in its first window."""
    return render_window(statement, statement.windows[0], statement.scopes, digest_of(print_statement(statement)))


def recorded(statement, **changes):
    envelope = Envelope(DECISION_TYPE, print_statement(statement), "key", "signature")
    manifest = record_manifest(statement, envelope, inventory_of(statement, digest_of(envelope.payload)))
    return read_record(live({**manifest, **changes}), TRUST, "prod", lambda _envelope, _keys: True)
