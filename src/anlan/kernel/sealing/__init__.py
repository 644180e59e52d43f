"""Sealed text: a key per case, wrapped by the service's key, and one door."""
