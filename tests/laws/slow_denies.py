"""A second reading of deny policies, slow and obvious: sets of all pairs, counting, and a table of what each glob matches."""

from gitops_breakglass.model.deny import LabelExpression, Operator

MATCHED = {
    "*": lambda text: True,
    "": lambda text: text == "",
    "shop": lambda text: text == "shop",
    "kube-*": lambda text: text.startswith("kube-"),
    "?*": lambda text: len(text) > 0,
    "[": lambda text: False,
    "web-*": lambda text: text[:4] == "web-",
    "web-0": lambda text: text == "web-0",
    "[^w]*": lambda text: text != "" and text[0] != "w",
    "prod-*": lambda text: text.startswith("prod-"),
}
"""What each of the patterns that the laws draw matches; another one is an error, and is to be added here by hand."""


def listed(words, word):
    return bool({word, "*"} & set(words))


def term_holds(term, labels):
    wanted = [LabelExpression(name, Operator.IN, (value,)) for name, value in term.labels] + list(term.expressions)
    for each in wanted:
        value = labels.get(each.key)
        truth = {
            Operator.IN: value is not None and value in each.values,
            Operator.NOT_IN: value is None or value not in each.values,
            Operator.EXISTS: value is not None,
            Operator.DOES_NOT_EXIST: value is None,
        }
        if not truth[each.operator]:
            return False
    return True


def rule_denies(rule, ask):
    if rule.namespaces.patterns or rule.namespaces.terms:
        meant = any(MATCHED[pattern](ask.namespace) for pattern in rule.namespaces.patterns)
        if ask.namespace_labels is None:
            meant = meant or (ask.namespace != "" and len(rule.namespaces.terms) > 0)
        else:
            meant = meant or any(term_holds(term, ask.namespace_labels) for term in rule.namespaces.terms)
        if not meant:
            return False
    if rule.resource_names and not any(MATCHED[pattern](ask.name) for pattern in rule.resource_names):
        return False
    if rule.subresources and not listed(rule.subresources, ask.subresource):
        return False
    if rule.cluster_wide and ask.namespace != "":
        return False
    return listed(rule.verbs, ask.verb) and listed(rule.api_groups, ask.group) and listed(rule.resources, ask.resource)


def points_of(pod, risk):
    total = 0
    for on, weight in ((pod.host_network, 0), (pod.host_pid, 1), (pod.host_ipc, 2)):
        total += max([risk.host_network, risk.host_pid, risk.host_ipc][weight], 0) if on else 0
    privileged = [each for each in pod.containers if each.privileged]
    root = [each for each in pod.containers if each.run_as_user is not None and each.run_as_user == 0]
    total += max(risk.privileged_container, 0) * min(len(privileged), 1)
    total += max(risk.run_as_root, 0) * min(len(root), 1)
    for name, weight in risk.capabilities:
        total += weight * sum(each.capabilities.count(name) for each in pod.containers)
    written = {name for each in pod.containers for name, read_only in each.mounts if not read_only}
    for volume in pod.volumes:
        if volume.is_host_path:
            total += risk.host_path_writable if volume.name in written else risk.host_path_read_only
    return total


def kinds_of(pod, risk):
    written = {name for each in pod.containers for name, read_only in each.mounts if not read_only}
    host = {volume.name for volume in pod.volumes if volume.is_host_path}
    present = {
        "hostNetwork": pod.host_network,
        "hostPID": pod.host_pid,
        "hostIPC": pod.host_ipc,
        "privilegedContainer": any(each.privileged for each in pod.containers),
        "runAsRoot": any(each.run_as_user == 0 for each in pod.containers),
        "capability": any({*each.capabilities} & {name for name, _ in risk.capabilities} for each in pod.containers),
        "hostPathWritable": bool(host & written),
        "hostPathReadOnly": bool(host - written),
    }
    return {name for name, there in present.items() if there}


def pod_answer(rules, pod, override):
    if pod is None:
        return "allow" if rules.fails_open else "deny"
    if any(MATCHED[pattern](pod.namespace) for pattern in rules.exempt_namespaces):
        return "allow"
    if rules.exempt_labels and set(rules.exempt_labels) <= set(pod.labels.items()):
        return "allow"
    holds = override is not None and (
        any(MATCHED[pattern](pod.namespace) for pattern in override.namespaces)
        or (not override.namespaces and override.everywhere)
    )
    exempt = set(override.exempt_factors) if holds else set()
    if set(rules.block_factors) & kinds_of(pod, rules.risk) - exempt:
        return "deny"
    points = points_of(pod, rules.risk)
    if holds and override.max_allowed_score is not None and points <= override.max_allowed_score:
        return "allow"
    reached = [each.action.value for each in rules.thresholds if not points > each.max_score]
    return reached[0] if reached else "deny"


def meant(policy, under):
    lists = zip(
        (policy.scope.clusters, policy.scope.tenants, policy.scope.sessions, policy.scope.escalations),
        (under.cluster, under.tenant, under.session, under.escalation),
        strict=True,
    )
    return all(not names or listed(names, name) for names, name in lists)


def answer(policies, ask, under, pod, override):
    """Every answer that any rule gives, in order: then what the strongest of them is, and who gave it first."""
    answers = []
    for _, policy in sorted(enumerate(policies), key=lambda pair: (pair[1].precedence, pair[0])):
        if meant(policy, under):
            answers += [("deny", policy.name) for rule in policy.rules if rule_denies(rule, ask)]
            if policy.pods is not None and ask.subresource in policy.pods.subresources:
                answers.append((pod_answer(policy.pods, pod, override), policy.name))
    for strongest in ("deny", "warn", "allow"):
        for answer, name in answers:
            if answer == strongest:
                return answer, name
    return "no-match", None
