"""Rules about identity providers, mail providers and audit configurations."""

from gitops_breakglass.core.rules.providers import (
    audit_sink,
    default_mail_provider,
    group_sync,
    issuer_not_unique,
    mail_credentials,
    notification_goes_nowhere,
    sampling_rate,
    session_limits,
    tls_not_verified,
    unknown_event_type,
    unknown_identity_provider,
    unknown_mail_provider,
)

RULES = (
    audit_sink.RULE,
    default_mail_provider.RULE,
    group_sync.RULE,
    issuer_not_unique.RULE,
    mail_credentials.RULE,
    notification_goes_nowhere.RULE,
    sampling_rate.RULE,
    session_limits.RULE,
    tls_not_verified.RULE,
    unknown_event_type.RULE,
    unknown_identity_provider.RULE,
    unknown_mail_provider.RULE,
)
