# What the example's offer `on-call` allows, as far as the benchmark's corpus breaks it.
package main

import rego.v1

offered := {
	"deployments": {"get", "list", "watch", "patch"},
	"pods": {"get", "list", "watch", "delete"},
}

approvers := {"chloe@example.com", "dana@example.com", "emil@example.com"}

deny contains msg if {
	some entry in input.spec.policy
	some rule in entry.rules
	some resource in rule.resources
	some verb in rule.verbs
	not verb in offered[resource]
	msg := sprintf("%s of %s is not offered", [verb, resource])
}

deny contains msg if {
	time.parse_duration_ns(input.spec.schedule.duration) > 8 * 60 * 60 * 1000000000
	msg := sprintf("%s is longer than 8h", [input.spec.schedule.duration])
}

deny contains msg if {
	some approver in input.spec.approval.approvers
	not approver in approvers
	msg := sprintf("%s may not approve", [approver])
}
