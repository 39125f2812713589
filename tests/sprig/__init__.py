"""What Go and Sprig themselves make of templates: a program that tells, and what it told, in tests/data/sprig_templates.jsonl."""
