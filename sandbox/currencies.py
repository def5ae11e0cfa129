"""Currencies that are unlike the others."""

ZERO_DECIMAL = frozenset({"JPY"})  # whole units, which Shopify writes with one place
STRAY_CURRENCY = "VES"  # one that the central bank does not quote
