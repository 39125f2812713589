"""A ClusterConfig says in one way only how upstream's hub signs in, and wholly."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding

_ID = "cluster-credentials"
_WAYS = {"kubeconfigSecretRef": "Kubeconfig", "oidcAuth": "OIDC", "oidcFromIdentityProvider": "OIDC"}
"""Each way to sign in, with the `authType` that goes with it."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("ClusterConfig"):
        reading = Reading(document)
        ways = [field for field in _WAYS if reading.has("spec", field)]
        if len(ways) > 1:
            yield Finding(
                _ID,
                f"{' and '.join(ways)} are set, and a cluster has one of them",
                document.at("spec", ways[1]),
                hint="keep the one that the hub is meant to use",
            )
        elif ways:
            yield from _agrees(reading, ways[0])
            if ways[0] != "kubeconfigSecretRef":
                yield from _tokens(reading, ways[0])


def _agrees(reading: Reading, way: str) -> Iterator[Finding]:
    said = reading.text("spec", "authType")
    if said is not None and said != _WAYS[way]:
        yield Finding(
            _ID,
            f"authType is {said}, and {way} is set",
            reading.document.at("spec", "authType"),
            hint=f"write `authType: {_WAYS[way]}`, or set what {said} needs",
        )
    elif said is None and _WAYS[way] != "Kubeconfig":
        yield Finding(
            _ID,
            f"authType is Kubeconfig where it is not set, and {way} is set",
            reading.document.at("spec", way),
            hint=f"write `authType: {_WAYS[way]}`",
        )


def _tokens(reading: Reading, way: str) -> Iterator[Finding]:
    """Judge what the hub gets its token with, which the two OIDC ways have in common."""
    base: Path = ("spec", way)
    secret, refresh = (reading.has(*base, field) for field in ("clientSecretRef", "refreshTokenSecretRef"))
    exchange = reading.flag(*base, "tokenExchange", "enabled") is True
    own_client = way == "oidcAuth"
    wrong: list[tuple[bool, tuple[str, ...], str, str]] = [
        (
            own_client and not secret and (exchange or not refresh),
            ("clientSecretRef",),
            "there is nothing to sign in with: clientSecretRef is missing",
            "name the secret of the client, or a refresh token",
        ),
        (
            not own_client and secret and refresh,
            ("refreshTokenSecretRef",),
            "clientSecretRef and refreshTokenSecretRef are both set",
            "keep one of them",
        ),
        (
            not refresh and reading.has(*base, "rotatedRefreshTokenKey"),
            ("rotatedRefreshTokenKey",),
            "rotatedRefreshTokenKey has no refresh token to keep",
            "set refreshTokenSecretRef, or leave this out",
        ),
        (
            not refresh and reading.text(*base, "fallbackPolicy") not in (None, "None"),
            ("fallbackPolicy",),
            "fallbackPolicy has no refresh token to fall back from",
            "set refreshTokenSecretRef, or leave this out",
        ),
        (
            exchange and not reading.has(*base, "tokenExchange", "subjectTokenSecretRef"),
            ("tokenExchange",),
            "tokenExchange has no token to exchange",
            "set tokenExchange.subjectTokenSecretRef",
        ),
    ]
    for is_so, path, message, hint in wrong:
        if is_so:
            yield Finding(_ID, message, reading.document.at(*base, *path), hint=hint)


RULE = Rule(
    _ID,
    "a ClusterConfig has one way to sign in at most, and all that it needs",
    "Upstream refuses anything else. Here breakglass.yaml says how a cluster is reached, so a ClusterConfig may leave it "
    "out; what it says is still read as one answer, not two.",
    on_policy=_on_policy,
)
