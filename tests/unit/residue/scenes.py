"""A grant, objects and calls in a few words, at times counted in seconds from the grant's beginning."""

from datetime import UTC, datetime, timedelta

from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.residue.residue import Looked, residue
from gitops_breakglass.core.residue.scene import Scene, others_of
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.kube import RBAC, ObjectKey
from gitops_breakglass.model.policy import ClusterRole, Rbac, RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.residue import Met, Trace, Traces
from gitops_breakglass.model.use import Allowance, Call, Stage, Target
from gitops_breakglass.model.window import Window

BEGIN = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LONG = 3600
ALICE = Subject("User", "alice@example.com")
BINDING = ObjectKey(RBAC, "ClusterRoleBinding", "", "bg-inc-1-0123456789")
OURS = Allowance(BINDING, "ClusterRole", BINDING.name, ALICE)
RULES = (
    rule(["create", "patch"], ["configmaps", "pods", "secrets", "serviceaccounts"]),
    rule(["create", "patch"], ["deployments"], groups=["apps"]),
)


def at(seconds):
    return BEGIN + timedelta(seconds=seconds)


WHOLE = (at(-60), at(2 * LONG))
"""From when to when there are calls in a log that leaves nothing out."""


def scene(*, subject=ALICE, rules=RULES, ours=()):
    spans = (Window(BEGIN, at(LONG)),)
    return Scene(subject, spans, (ScopedRules("", rules, "ClusterRole ops"),), frozenset({BINDING}), frozenset(ours))


def met(kind="ConfigMap", name="notes", *, created=60.0, traces=(), namespace="shop", uid="", **words):
    """An object; `traces` are (seconds, program) or (seconds, program, subresource)."""
    version, resource = {
        "ConfigMap": ("v1", "configmaps"),
        "Deployment": ("apps/v1", "deployments"),
        "Pod": ("v1", "pods"),
        "Secret": ("v1", "secrets"),
        "ServiceAccount": ("v1", "serviceaccounts"),
    }[kind]
    key = ObjectKey(version, kind, namespace, name)
    found = tuple(Trace(at(when), *told) for when, *told in traces)
    return Met(key, resource, uid or f"uid-{kind}-{name}", at(created), found, **words)


def call(
    verb, resource, name="", *, user=ALICE.name, when=60.2, code=201, via=None, namespace="shop", group="", **words
):
    target = Target(verb, group, resource, words.pop("subresource", ""), namespace, name)
    stage = Stage.COMPLETE
    return Call(
        f"{verb}-{resource}-{name}-{when}",
        stage,
        user,
        words.pop("by", ""),
        target,
        at(when),
        at(when + 0.05),
        allowed=True,
        code=code,
        via=via,
        **words,
    )


def bound(*subjects, resources=("configmaps",), namespace="shop"):
    """What a cluster binds to these subjects for good."""
    role = ClusterRole("keepers", (rule(["*"], resources),), namespace)
    return Rbac((role,), (RoleBinding("keepers", "Role", "keepers", subjects, namespace),))


def found(*objects, calls=None, rbac=None, of=None, grants=(), log=WHOLE):
    """The residue; `log` is from when to when there are calls in the log."""
    of = of or scene()
    rbac = rbac if rbac is not None else Rbac()
    traces = Traces(objects, frozenset({"configmaps", "deployments.apps", "pods", "serviceaccounts"}))
    others = others_of(rbac, of.subject, grants)
    return residue(of, Looked(traces, calls, *log, rbac=rbac, others=others))


def lines(*objects, **words):
    """Each thing that is left: certainty, deed and name."""
    return [f"{each.certainty} {each.deed} {each.key}" for each in found(*objects, **words).left]
