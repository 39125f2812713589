# METADATA
# description: Judges a document by the JSON Schema of its kind, which is all that conftest is given of ours.
package main

deny contains message if {
	not data.schemas[input.kind]
	message := sprintf("there is no schema for kind %v", [input.kind])
}

deny contains message if {
	[_, problems] := json.match_schema(input, data.schemas[input.kind])
	some problem in problems
	message := problem.error
}
