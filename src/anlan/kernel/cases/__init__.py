"""Cases that people can trust: types, one way to act, clocks, parties, documents, notices."""
