# The rules and pod rules of deny policies, as far as the benchmark's policies use them.
package main

import rego.v1

asked := input.review.spec.resourceAttributes

pod := input.pod

listed(words, word) if word in words

listed(words, _) if "*" in words

in_namespace(rule) if not rule.namespaces

in_namespace(rule) if {
	some pattern in rule.namespaces.patterns
	glob.match(pattern, ["/"], asked.namespace)
}

matches(rule) if {
	listed(rule.verbs, asked.verb)
	listed(rule.apiGroups, asked.group)
	listed(rule.resources, asked.resource)
	some pattern in rule.resourceNames
	glob.match(pattern, ["/"], asked.name)
	in_namespace(rule)
}

exempt(rules) if {
	some pattern in rules.exemptions.namespaces.patterns
	glob.match(pattern, ["/"], pod.metadata.namespace)
}

is_privileged if {
	some container in pod.spec.containers
	container.securityContext.privileged
}

privileged(rules) := rules.riskFactors.privilegedContainer if is_privileged

privileged(_) := 0 if not is_privileged

network(rules) := rules.riskFactors.hostNetwork if pod.spec.hostNetwork

network(_) := 0 if not pod.spec.hostNetwork

capabilities(rules) := sum([rules.riskFactors.capabilities[name] |
	some container in pod.spec.containers
	some name in container.securityContext.capabilities.add
])

outcome(rules) := action if {
	score := (privileged(rules) + network(rules)) + capabilities(rules)
	reached := [threshold.action | some threshold in rules.thresholds; score <= threshold.maxScore]
	action := array.concat(reached, ["deny"])[0]
}

deny contains policy.metadata.name if {
	some policy in data.policies
	some rule in policy.spec.rules
	matches(rule)
}

deny contains policy.metadata.name if {
	some policy in data.policies
	rules := policy.spec.podSecurityRules
	asked.subresource in {"exec", "attach", "portforward"}
	not exempt(rules)
	outcome(rules) == "deny"
}
