"""Connections are encrypted, and the other end is known."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.notice import LOCAL_HOSTS, MailSecurity

_ID = "tls-not-verified"
_REFUSED: tuple[Path, ...] = (
    ("spec", "oidc", "insecureSkipVerify"),
    ("spec", "keycloak", "insecureSkipVerify"),
)
"""Of an IdentityProvider: whoever answers there could make anybody anyone. Upstream refuses these."""
_WARNED: tuple[tuple[str, Path], ...] = (
    ("ClusterConfig", ("spec", "oidcAuth", "insecureSkipTLSVerify")),
    ("ClusterConfig", ("spec", "oidcAuth", "allowTOFU")),
    ("ClusterConfig", ("spec", "oidcFromIdentityProvider", "insecureSkipTLSVerify")),
    ("ClusterConfig", ("spec", "oidcFromIdentityProvider", "allowTOFU")),
    ("MailProvider", ("spec", "smtp", "disableTLS")),
    ("MailProvider", ("spec", "smtp", "insecureSkipVerify")),
)
_OF_SINKS: tuple[Path, ...] = (("kafka", "tls", "insecureSkipVerify"), ("webhook", "tls", "insecureSkipVerify"))


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("IdentityProvider"):
        yield from _told(Reading(document), _REFUSED, Severity.ERROR)
    for kind, path in _WARNED:
        for document in facts.of_kind(kind):
            yield from _told(Reading(document), (path,), Severity.WARNING)
    mail = facts.policy.configuration.notifications.mail
    if mail is not None and mail.security is MailSecurity.NONE and mail.host not in LOCAL_HOSTS:
        for document in facts.of_kind("Configuration"):
            yield Finding(
                _ID,
                f"mail to {mail.host} would go in the open, so none is sent",
                document.at("notifications", "smtp", "security"),
                hint="use `starttls` or `tls`; `none` is for a server on the machine that the reconciler runs on",
            )
    for document in facts.of_kind("AuditConfig"):
        reading = Reading(document)
        for index in range(reading.count("spec", "sinks")):
            paths = tuple(("spec", "sinks", index, *path) for path in _OF_SINKS)
            yield from _told(reading, paths, Severity.WARNING)


def _told(reading: Reading, paths: tuple[Path, ...], severity: Severity) -> Iterator[Finding]:
    for path in paths:
        if reading.flag(*path) is True:
            field = ".".join(str(step) for step in path[1:])
            problem = "sends everything in the open" if path[-1] == "disableTLS" else "trusts whoever answers"
            yield Finding(
                _ID,
                f"{field} {problem}",
                reading.document.at(*path),
                severity,
                hint="take it out and give the certificate authority, if it is not a public one",
            )


RULE = Rule(
    _ID,
    "certificates are verified",
    "Without that, whoever gets in between reads tokens and passwords. For an identity provider it decides who is who, so "
    "there it is an error, as upstream has it.",
    on_policy=_on_policy,
)
