"""The gates: what raw and the marts must look like, judged by Great Expectations."""
