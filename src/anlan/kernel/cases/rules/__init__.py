"""Rules of the case kernel. Pure."""
