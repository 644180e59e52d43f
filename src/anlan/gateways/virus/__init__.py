"""The virus scanner."""

from anlan.gateways.virus.client import Unreachable, Verdict, scan

__all__ = ["Unreachable", "Verdict", "scan"]
