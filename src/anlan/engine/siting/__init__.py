"""Where posts should stand."""
