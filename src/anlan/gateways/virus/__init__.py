"""The virus scanner."""

from anlan.gateways.virus.client import TooLong, Unreachable, Verdict, scan

__all__ = ["TooLong", "Unreachable", "Verdict", "scan"]
