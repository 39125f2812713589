"""What a person does: write a request, withdraw it, approve a branch on the local forge."""
