"""The plan: the folder a user edits, read and validated in one place."""
