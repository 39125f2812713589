"""The clauses of the guard on marks: by what an object is known for ours, what ends it, and what nobody hangs onto it."""

from __future__ import annotations

from gitops_breakglass.core.install.admission import Clause, annotation_of, is_ours, label_of, literal
from gitops_breakglass.core.install.marks import PART_OF
from gitops_breakglass.model.kube import DECISION, DOMAIN, EXPIRES_AT, MANAGED_BY, MANAGER, PREFIX, REQUEST

_OURS = literal(f"{DOMAIN}/")


def bears_mark(place: str) -> str:
    """Return the CEL for whether an object carries the request or the decision that it was made for.

    Nobody but us puts these onto anything, and the guard lets nobody put them on later: with our prefix they tell an object
    of ours that lost its managed-by label while no guard was there.
    """
    return f"({label_of(place, REQUEST)} != '' || {annotation_of(place, DECISION)} != '')"


def is_lost(place: str) -> str:
    """Return the CEL for whether an object of ours lost its managed-by label, and is still known by its other marks."""
    return f"(!({is_ours(place)}) && {place}.metadata.name.startsWith({literal(PREFIX)}) && {bears_mark(place)})"


MARK_VARIABLES = {
    "created": "request.operation == 'CREATE'",
    # An object that was not ours before is not held to the rules of ours: whoever owns it goes on as ever.
    "held": f"oldObject == null || {is_ours('oldObject')} || {is_lost('oldObject')}",
}

HAS_MARKS = Clause(
    f"!variables.created || ({label_of('object', REQUEST)}.matches('^[0-9a-f]{{32}}$')"
    f" && {annotation_of('object', DECISION)}.matches('^[0-9a-f]{{64}}$'))",
    f"the guard: an object of a grant says in the label {REQUEST} and the annotation {DECISION} what it was made for;"
    " without them nothing would end it",
)
MARK_STAYS = Clause(
    f"variables.created || {label_of('object', MANAGED_BY)} == {label_of('oldObject', MANAGED_BY)}"
    f" || ({label_of('oldObject', MANAGED_BY)} != {literal(MANAGER)} && !({is_ours('object')}))",
    f"the guard: the label {MANAGED_BY} of gitops-breakglass is neither taken off nor put on later",
)
REQUEST_STAYS = Clause(
    f"variables.created || {label_of('object', REQUEST)} == {label_of('oldObject', REQUEST)}",
    f"the guard: the label {REQUEST} says whose object it is, and is neither changed nor put on later",
)
DECISION_STAYS = Clause(
    f"variables.created || {annotation_of('object', DECISION)} == {annotation_of('oldObject', DECISION)}",
    f"the guard: the annotation {DECISION} says what an object follows from, and is neither changed nor put on later",
)
# The end has a clause of its own: it may come earlier. What others note beside our annotations is theirs.
ANNOTATIONS_STAY = Clause(
    "variables.created || !variables.held || ("
    f"oldObject.metadata.?annotations.orValue({{}}).all(key, !key.startsWith({_OURS})"
    f" || key in {[EXPIRES_AT, DECISION]}"
    " || object.metadata.?annotations[?key].orValue('') == oldObject.metadata.annotations[key])"
    f" && object.metadata.?annotations.orValue({{}}).all(key, !key.startsWith({_OURS})"
    " || key in oldObject.metadata.?annotations.orValue({})))",
    f"the guard: the annotations of {DOMAIN} on an object of a grant stay as they were made",
)
# A ClusterRole with one label too many is summed up into `admin` or `view`, for everyone who has those.
NO_OTHER_LABELS = Clause(
    "!variables.held || object.metadata.?labels.orValue({}).all(key,"
    f" key in {[MANAGED_BY, PART_OF]} || key.startsWith({_OURS}))",
    "the guard: an object of a grant carries no label but ours, since labels add a ClusterRole to others",
)
NO_FINALIZERS = Clause(
    "!variables.held || object.metadata.?finalizers.orValue([]).all(f, f in variables.finalizers)",
    "the guard: an object of a grant gets no finalizers, which would keep it from going",
)
NO_OWNERS = Clause(
    "!variables.held || object.metadata.?ownerReferences.orValue([]).all(o, string(o.uid) in variables.owners)",
    "the guard: an object of a grant gets no owner, with which it would go before its record says so",
)
STRING_VARIABLES = {
    "finalizers": "oldObject == null ? [] : oldObject.metadata.?finalizers.orValue([])",
    "owners": "oldObject == null ? [] : oldObject.metadata.?ownerReferences.orValue([]).map(o, string(o.uid))",
}
"""What `NO_FINALIZERS` and `NO_OWNERS` compare with: what is there already may go, one by one."""
NO_STRINGS = Clause(
    "object == null || (object.metadata.?finalizers.orValue([]).all(f, f in variables.finalizers)"
    " && object.metadata.?ownerReferences.orValue([]).all(o, string(o.uid) in variables.owners))",
    "the guard: what proves a grant or holds it to something gets no finalizers and no owners, whoever asks",
)
