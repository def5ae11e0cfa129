"""The files that `microlift init` writes."""
