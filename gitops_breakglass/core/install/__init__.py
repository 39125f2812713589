"""What an administrator applies once per cluster, as manifests."""
