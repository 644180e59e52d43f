"""Pages: a folder per area, and the shell they share."""
