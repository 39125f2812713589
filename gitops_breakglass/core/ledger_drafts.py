"""What has happened and has no entry in the ledger yet: decided, granted, injected, ended."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gitops_breakglass.core.ledger_sessions import injected, mark_of, remained
from gitops_breakglass.core.occurrences import start_of
from gitops_breakglass.core.render.status import due_at
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.debug_state import SessionState
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.grant import LedgerMarks, Occurrence, Record, Statement
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.ledger import DECIDED, ENDED, GRANTED, INJECTED, Draft, Entry
from gitops_breakglass.model.plan import FILE_DELETED
from gitops_breakglass.model.window import parse_time, print_time

TEXT = 1000
"""Characters of a text that others wrote; the SHA-256 beside it is of the whole."""
MANY = 20
"""Approvals and reasons that one entry tells; the signed decision has all of them."""
WINDOWS = 200
OBJECTS = 100
"""Objects that one entry tells; more take more entries."""


def drafts(
    records: Iterable[Record],
    made: Mapping[str, Sequence[LiveObject]],
    known: Mapping[str, Mapping[ObjectKey, str]],
    ended: Mapping[str, datetime],
    whys: Mapping[str, str],
    *,
    now: datetime,
    occurrences: Mapping[str, Sequence[Occurrence]] = MappingProxyType({}),
    sessions: Mapping[str, SessionState] = MappingProxyType({}),
) -> tuple[Draft, ...]:
    """Return everything that is to be told of the believed records, in the order in which it happened to each.

    By the request's uid, `made` are the live objects of grants, `known` the uids of all that were made, `ended` says when
    nothing was left, and `whys` why, where no record says it yet; `occurrences` are those that records list, as they stand;
    `sessions` are debug sessions that stand otherwise than their records say yet. What a record's marks say to have an entry is passed over.
    """
    found: list[Draft] = []
    for record in records:
        statement, uid = record.statement, record.request_uid
        if statement is None:
            continue
        if not record.marks.decided:
            found.append(_decided(statement, record.digest))
        if statement.outcome == "granted":
            live = {each.uid: each for each in made.get(uid, ())}
            objects = known.get(uid, {})
            found += _granted(statement, record, objects, live, now)
            session = sessions.get(uid, record.session)
            found += injected(statement, record, session, _about(statement, record.digest))
            why = record.ended_why or whys.get(uid, "")
            for each in occurrences.get(uid, ()):
                if each.ended_at is not None and start_of(each) not in record.marks.occurrences:
                    was_there = any(key in objects for key in each.objects)
                    found.append(_occurrence_ended(statement, record, each, why, was_there=was_there))
            if uid in ended and not record.marks.ended:
                draft = _ended(statement, record, ended[uid], why, was_there=bool(objects))
                found.append(replace(draft, facts={**draft.facts, **remained(session)}))
    return tuple(found)


def marked(
    uid_marks: Mapping[str, LedgerMarks], told: Mapping[str, int], found: Iterable[Draft]
) -> dict[str, LedgerMarks]:
    """Return the marks by the request's uid after the drafts were told; `told` are numbers of entries by mark.

    Only requests about which something is new are among them.
    """
    result: dict[str, LedgerMarks] = {}
    for draft in found:
        before = result.get(draft.uid) or uid_marks.get(draft.uid) or LedgerMarks()
        numbers = {mark: told[mark] for mark in draft.marks if mark in told}
        first = min(numbers.values(), default=0)
        match draft.kind:
            case _ if not numbers:
                continue
            case "decided":
                after = replace(before, decided=first)
            case "ended" if "window" in draft.facts:
                after = replace(before, occurrences=before.occurrences | {mark.split(" ")[2] for mark in numbers})
            case "ended":
                after = replace(before, ended=first)
            case "injected":
                after = replace(before, injected=before.injected | {mark.split(" ")[2] for mark in numbers})
            case _:
                uids = {mark.partition(" ")[2] for mark in numbers}
                after = replace(before, granted=before.granted | uids)
        result[draft.uid] = after
    return result


def accounted(records: Iterable[Record], found: Iterable[Draft]) -> set[str]:
    """Return all that the records say to have an entry, and what the drafts are to tell."""
    result = {mark for draft in found for mark in draft.marks}
    for record in records:
        result |= {f"{GRANTED} {uid}" for uid in record.marks.granted}
        result |= {f"{DECIDED} {record.digest}"} if record.marks.decided else set()
        result |= {f"{ENDED} {record.digest}"} if record.marks.ended else set()
        result |= {f"{ENDED} {record.digest} {start}" for start in record.marks.occurrences}
        result |= {f"{INJECTED} {record.digest} {name}" for name in record.marks.injected}
    return result


def marks_of(entry: Entry) -> frozenset[str]:
    """Return what an entry tells, in the words of `Draft.marks`."""
    if entry.kind == GRANTED:
        objects = entry.facts.get("objects")
        uids = [each.get("uid") for each in objects if isinstance(each, Mapping)] if isinstance(objects, list) else []
        return frozenset(f"{GRANTED} {uid}" for uid in uids)
    if entry.kind == INJECTED:
        return frozenset({mark_of(entry.facts)})
    window = entry.facts.get("window")
    start = f" {window.get('start', '')}" if entry.kind == ENDED and isinstance(window, Mapping) else ""
    return frozenset({f"{entry.kind} {entry.facts.get('decision', '')}{start}"})


def untold(draft: Draft, told: Container[str]) -> Draft | None:
    """Return what of a draft no entry tells yet, or None."""
    left = frozenset(each for each in draft.marks if each not in told)
    if left == draft.marks:
        return draft
    if not left:
        return None
    objects: Any = draft.facts["objects"]
    kept = [each for each in objects if f"{GRANTED} {each['uid']}" in left]
    return Draft(draft.kind, draft.uid, {**draft.facts, "objects": kept}, left)


def unrecorded_of(records: Iterable[Record], entries: Iterable[Entry], cluster: str) -> tuple[list[Finding], list[str]]:
    """Return the signed decisions that the ledger lacks though their records say that it has them; the others just wait."""
    told = frozenset(mark for entry in entries if entry.kind == DECIDED for mark in marks_of(entry))
    lacking = [each for each in records if each.statement is not None and f"{DECIDED} {each.digest}" not in told]
    findings = [
        Finding(
            "ledger-unrecorded",
            f"{each.live.key} says that entry {each.marks.decided} tells of its decision, and no entry that holds does",
            Location(f"{cluster}/{each.name}"),
            hint="find out who could write here; compare with an export that was kept elsewhere",
        )
        for each in lacking
        if each.marks.decided
    ]
    waiting = len(lacking) - len(findings)
    return findings, [f"{waiting} decided and not told yet: the next run writes it down"] if waiting else []


def _decided(statement: Statement, digest: str) -> Draft:
    evidence = statement.evidence
    subject = statement.subject
    facts: dict[str, object] = {
        **_about(statement, digest),
        "kind": statement.kind,
        "path": statement.path,
        "blob": statement.blob,
        "landing": statement.landing,
        "decidedAt": print_time(statement.decided_at),
        "outcome": statement.outcome,
        "subject": None if subject is None else {"kind": subject.kind, "name": subject.name},
        **_when(statement),
        "reasons": [_cut(each) for each in statement.reasons[:MANY]],
    }
    for name in ("change", "author", "head", "mergedAt", "source", "digest"):
        if isinstance(told := evidence.get(name), str):
            facts[name] = _cut(told)
    if evidence.get("approvalAsked") is False:
        # Nobody had to approve it: then who merged it is all that there is to tell, if the forge said so.
        facts |= {"approvalAsked": False, "mergedBy": _cut(str(evidence.get("mergedBy", "")))}
    policy = evidence.get("policy")
    facts["policy"] = [_cut(str(each)) for each in policy[:MANY]] if isinstance(policy, list) else []
    facts["approvals"] = [_approval(each) for each in statement.approvals[:MANY]]
    return Draft(DECIDED, statement.uid, facts, frozenset({f"{DECIDED} {digest}"}))


def _when(statement: Statement) -> dict[str, object]:
    """Tell the window, or of recurring access its bounds: its windows end one by one, and each end has its entry."""
    recurrence = statement.recurrence
    if recurrence is None:
        windows = statement.windows[:WINDOWS]
        return {"windows": [{"start": print_time(each.start), "end": print_time(each.end)} for each in windows]}
    return {
        "recurrence": {
            "cron": _cut(recurrence.cron),
            "location": _cut(recurrence.location),
            "durationSeconds": recurrence.duration.total_seconds(),
            "since": print_time(recurrence.since),
            "until": print_time(recurrence.until) if recurrence.until is not None else None,
            "maxActivations": recurrence.max_activations,
            "endsBy": print_time(recurrence.ends_by) if recurrence.ends_by is not None else None,
        }
    }


def _approval(data: Mapping[str, Any]) -> dict[str, str]:
    names = ("person", "account", "source", "commit", "approvedAt")
    reason = str(data.get("reason", ""))
    told = {name: _cut(str(data.get(name, ""))) for name in names}
    if "of" in data:
        told["of"] = _cut(str(data["of"]))
    return {**told, "reason": _cut(reason), "reasonSHA256": hashlib.sha256(reason.encode()).hexdigest()}


def _granted(
    statement: Statement,
    record: Record,
    objects: Mapping[ObjectKey, str],
    live: Mapping[str, LiveObject],
    now: datetime,
) -> Iterator[Draft]:
    """Tell of each object once, also of those that are gone already."""
    fresh = sorted((key, uid) for key, uid in objects.items() if uid not in record.marks.granted)
    for start in range(0, len(fresh), OBJECTS):
        part = fresh[start : start + OBJECTS]
        facts = {
            **_about(statement, record.digest),
            "objects": [_object(key, uid, live.get(uid), now) for key, uid in part],
        }
        yield Draft(GRANTED, statement.uid, facts, frozenset(f"{GRANTED} {uid}" for _, uid in part))


def _object(key: ObjectKey, uid: str, live: LiveObject | None, now: datetime) -> dict[str, object]:
    """Tell of one object; `madeAt` is the API server's word, or in a folder when it was first seen, or not known."""
    made_at = None if live is None else _made_at(live, now)
    return {"kind": key.kind, "namespace": key.namespace, "name": key.name, "uid": uid, "madeAt": made_at}


def _made_at(live: LiveObject, now: datetime) -> str:
    try:
        return print_time(parse_time(str(live.manifest["metadata"].get("creationTimestamp", ""))))
    except ValueError:
        return print_time(now)


def _ended(statement: Statement, record: Record, at: datetime, why: str, *, was_there: bool) -> Draft:
    """Tell of an end. The lag is since the moment at which it was due; there is none for what git alone says."""
    due = due_at(record, at)
    over = statement.expires_at is not None and statement.expires_at <= at
    word = _word(record, why, expired=over or course_of(statement, at).is_over)
    facts = {**_about(statement, record.digest), **_end(word, why, record.ended_by, at, due, was_there=was_there)}
    return Draft(ENDED, statement.uid, facts, frozenset({f"{ENDED} {record.digest}"}))


def _occurrence_ended(
    statement: Statement, record: Record, occurrence: Occurrence, why: str, *, was_there: bool
) -> Draft:
    """Tell of the end of one occurrence, in an entry that says which window it was."""
    at = occurrence.ended_at or occurrence.end
    due = occurrence.due_at(record.revoked_at)
    word = "expired" if occurrence.end <= (record.revoked_at or at) else _word(record, why, expired=False)
    facts = {
        **_about(statement, record.digest),
        "window": {"start": start_of(occurrence), "end": print_time(occurrence.end)},
        **_end(word, why, occurrence.ended_by, at, due, was_there=was_there),
    }
    return Draft(ENDED, statement.uid, facts, frozenset({f"{ENDED} {record.digest} {start_of(occurrence)}"}))


def _word(record: Record, why: str, *, expired: bool) -> str:
    if record.revoked_at is not None:
        return "revoked"
    if expired:
        return "expired"
    return "deleted" if why == FILE_DELETED else "withdrawn"


def _end(word: str, why: str, by: str, at: datetime, due: datetime | None, *, was_there: bool) -> dict[str, object]:
    return {
        "why": word,
        "detail": _cut(why) if word in ("deleted", "withdrawn") else "",
        "by": _cut(by) or "reconciler",
        "endedAt": print_time(at),
        "dueAt": print_time(due) if due is not None else None,
        "lagSeconds": round((at - due).total_seconds(), 3) if due is not None and was_there else None,
    }


def _about(statement: Statement, digest: str) -> dict[str, object]:
    return {"request": str(statement.request), "uid": statement.uid, "decision": digest}


def _cut(text: str) -> str:
    whole = text.encode("utf-8", "replace").decode()
    return whole if len(whole) <= TEXT else whole[: TEXT - 1] + "…"
