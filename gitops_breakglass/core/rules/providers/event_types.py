"""The types of events that upstream's audit knows, by what they are about."""

from __future__ import annotations

_TYPES = {
    "access": "allowed checked denied denied.policy granted",
    "admission": "allowed denied mutated",
    "api": "request response",
    "audit": "backpressure dropped started stopped",
    "auth": "attempt failure mfa success token_issued token_refresh",
    "cluster": "added removed updated",
    "clusterrole": "created deleted updated",
    "clusterrolebinding": "created deleted updated",
    "config": "changed",
    "configmap": "accessed",
    "container": "kill start stop",
    "crd": "created deleted updated",
    "cronjob": "triggered",
    "customresource": "created deleted updated",
    "daemonset": "updated",
    "debug_session": "approval_timeout attached binding_unresolved command created detached expired failed file_access "
    "net_access output pod_failed pod_restarted proc_access resource_cleanup resource_deployed "
    "started terminated",
    "deployment": "paused resumed rolled scaled",
    "escalation": "approved created expired rejected revoked updated validated",
    "job": "created",
    "namespace": "accessed created deleted",
    "networkpolicy": "created deleted updated",
    "node": "cordon drain label taint uncordon",
    "nonresource": "access api healthz livez logs metrics openapi readyz swagger version",
    "pod": "attach created deleted exec logs portforward",
    "pod_security": "allowed denied evaluated override warning",
    "policy": "bypassed created deleted evaluated updated violation",
    "provider": "added removed updated",
    "resource": "approve attach bind create delete deletecollection exec get impersonate list logs patch "
    "portforward proxy scale sign update watch",
    "role": "created deleted updated",
    "rolebinding": "created deleted updated",
    "secret": "accessed created deleted updated",
    "serviceaccount": "used",
    "session": "activated approval_unverified_groups approved denied dropped expired extended invalidated "
    "rejected requested revoked validated withdrawn",
    "statefulset": "scaled",
    "system": "cache_refresh gc_completed health_check leader_elected leader_lost reload shutdown startup",
    "token": "generated revoked validated",
    "webhook": "called error timeout",
}

EVENT_TYPES = frozenset(f"{about}.{what}" for about, words in _TYPES.items() for what in words.split())
"""Such as `session.approved`; read from upstream's source at the commit that the facts are from."""
