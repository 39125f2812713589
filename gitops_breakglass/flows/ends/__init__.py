"""Taking access away, on its moment and after it: all that the sweeper is made of, and what runs end by."""
