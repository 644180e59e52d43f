"""Rules of coverage planning. Pure."""
