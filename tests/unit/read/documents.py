"""Documents built by hand, as the loader would make them, without a place for each value."""

import yaml

from gitops_breakglass.model.document import Document

TELEKOM = "breakglass.t-caas.telekom.com/v1alpha1"


class TimesAsText(yaml.SafeLoader):
    """Times stay text, as the strict loader has them."""


TimesAsText.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text, path="policies/a.yaml"):
    return tuple(Document(path, data) for data in yaml.load_all(text, TimesAsText) if data)


def document(text, path="policies/a.yaml"):
    (only,) = documents(text, path)
    return only


def escalation(spec, name="shell"):
    return document(f"{{apiVersion: {TELEKOM}, kind: BreakglassEscalation, metadata: {{name: {name}}}, spec: {spec}}}")


def rules_of(findings):
    return [finding.rule for finding in findings]
