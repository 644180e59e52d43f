"""The anlan command: a file per subject."""
