"""Independent witnesses of the ledger's heads."""

from anlan.gateways.witness.client import Answer, Unreachable, post

__all__ = ["Answer", "Unreachable", "post"]
