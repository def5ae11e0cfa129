"""Landing to raw, and marts to the published file: the only code that opens the DuckDB file."""
