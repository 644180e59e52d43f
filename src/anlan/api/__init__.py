"""JSON for other programs and for the board: a file per area."""
