"""Whether everything is there, and set up as it should be: facts become diagnoses, and nothing is asked here."""
