"""One file a vendor: its answers on the wire, a pure function of the facts and an instant."""
