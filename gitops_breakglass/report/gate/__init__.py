"""What the gate says of a change, in every format that people, forges and CI servers read."""
