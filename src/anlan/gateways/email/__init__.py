"""E-mail."""

from anlan.gateways.email.client import Letter, send

__all__ = ["Letter", "send"]
