"""The worst files known: each as large as is read, and made to cost as much as it can somewhere."""

HEAD = "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\n"
LARGE = 256 * 1024
MANY = 500
"""Documents in one file."""


def document(kind, name, spec):
    return f"---\n{HEAD}kind: {kind}\nmetadata: {{name: n{name}}}\nspec: {spec}\n"


def one(kind, spec):
    return f"{HEAD}kind: {kind}\nmetadata: {{name: x}}\nspec:{spec}"


def filled(unit, head="", size=LARGE, tail=""):
    """Repeat `unit` with numbers for `{}` until the file has its size."""
    parts, length, number = [head], len(head) + len(tail), 0
    while length + len(part := unit.replace("@", str(number))) <= size:
        parts.append(part)
        length += len(part)
        number += 1
    return "".join([*parts, tail])


def several(*units):
    """Repeat documents, by turns, as often as a file may have them."""
    return "".join(units[number % len(units)].replace("@", str(number)) for number in range(MANY))


ESCALATION = (
    "{escalatedGroup: g@, allowed: {clusters: [prod-eu-@], groups: [develpers@]}, approvers: {groups: [securty@]}}"
)
BINDING = "{templateSelector: {matchLabels: {a: b}}, clusters: [z], constraints: {maxDuration: 9h}, requiredAuxiliaryResourceCategories: [q]}"
SINKS = " {sinks: [{name: a, type: log}], filtering: {includeEventTypes: ["
POLICIES = {
    "brackets": "[" * LARGE,
    "a megabyte of brackets": "[" * 1024 * 1024,
    "keys": filled("k@: 1\n", f"{HEAD}kind: DenyPolicy\n"),
    "misspelt fields": filled("  maxValidFr@: 1\n", one("BreakglassEscalation", "\n")),
    "empty documents": filled("---\n"),
    "documents of no kind": filled("---\na: 1\n"),
    "escalations": several(document("BreakglassEscalation", "@", ESCALATION)),
    "clusters, templates and bindings": several(
        document("ClusterConfig", "@", "{}"),
        document("DebugSessionTemplate", "@", "{podTemplateRef: p, allowed: {clusters: [a*b], groups: [g]}}"),
        document("DebugSessionClusterBinding", "@", BINDING),
    ),
    "deny policies": several(
        document("DenyPolicy", "@", "{rules: [{apiGroups: ['*'], resources: ['*'], verbs: [gt]}]}")
    ),
    "groups": filled(
        "developrs@, ", one("BreakglassEscalation", " {escalatedGroup: g, allowed: {groups: ["), tail="]}}\n"
    ),
    "globs": filled(
        "'*a*b*@', ", one("BreakglassEscalation", " {escalatedGroup: g, allowed: {clusters: ["), tail="]}}\n"
    ),
    "event types": filled("sesion.aproved@, ", one("AuditConfig", SINKS), tail="]}}\n"),
    "globs of event types": filled("'*s*e*@', ", one("AuditConfig", SINKS), tail="]}}\n"),
    "overrides of limits": filled(
        "  - {group: '*a@', unlimited: true}\n",
        one(
            "IdentityProvider",
            "\n oidc: {authority: https://a, clientID: a, expectedAudience: b}\n sessionLimits:\n  groupOverrides:\n",
        ),
    ),
    "patterns that explode": filled(
        "  - {name: v@, default: aaaaaaaaaaaaaaaaaaaaaaaab, validation: {pattern: '(a+)+(?:\\pL{99}){99}@'}}\n",
        one("DebugSessionTemplate", "\n  podTemplateRef: p\n  extraDeployVariables:\n"),
    ),
    "containers": filled(
        "     - {name: c@, image: b}\n", one("DebugPodTemplate", "\n  template:\n   spec:\n    containers:\n")
    ),
    "braces": filled("{{a}}", one("DebugPodTemplate", " {templateString: '"), tail="'}\n"),
    "one number": one("DenyPolicy", f" {{precedence: {'9' * 260000}}}\n"),
    "one word": one("DenyPolicy", f" {{reason: {'a' * 260000}}}\n"),
    "forbidden characters": f"a: '{chr(0x202E) * 87000}'\n",
    "one key many times": filled("a: 1\n"),
    "aliases": filled("- *a\n", "a: &a 1\nb:\n"),
    "rules": filled("  - {apiGroups: ['*'], resources: [pod@], verbs: [gt]}\n", one("DenyPolicy", "\n  rules:\n")),
}
ONE_EVERY_MINUTE = (
    "apiVersion: access.cloudnimbus.io/v1alpha1\nkind: Breakglass\nmetadata: {name: x}\n"
    "spec: {clusterRoles: [view], schedule: {cron: '* * * * *', duration: 30s, location: Europe/Berlin}}\n"
)
REQUESTS = {
    "fields": filled("  k@: yes\n", one("BreakglassSession", "\n"), 64 * 1024),
    "nested mappings": "{a: " * 16000,
    "nested lists": filled("- ", "a:\n", 64 * 1024),
    "every minute": ONE_EVERY_MINUTE,
}
PEOPLE = filled(
    "  - {name: p@, emails: [p@@x.y]}\n",
    "apiVersion: config.gitops-breakglass.dev/v1alpha1\nkind: Identities\npeople:\n",
    512 * 1024,
)
INPUTS = {
    **{f"policies: {name}": ("policies/x.yaml", text) for name, text in POLICIES.items()},
    **{f"requests: {name}": ("requests/prod-eu-1/x.yaml", text) for name, text in REQUESTS.items()},
    "identities: people": ("identities.yaml", PEOPLE),
}
