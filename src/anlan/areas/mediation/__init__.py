"""Mediation: voluntary, at a party's request, each party's words apart from the other's."""
