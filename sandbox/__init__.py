"""Stand-in vendors on loopback: their exact wire formats over a world whose truth is known."""
