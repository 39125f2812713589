"""What this tool and three others say of the same broken files, side by side."""
