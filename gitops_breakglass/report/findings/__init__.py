"""What a check has to tell, in every format that people, forges and CI servers read."""
