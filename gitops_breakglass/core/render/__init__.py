"""What a proved request becomes on a cluster."""
