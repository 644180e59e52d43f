"""Notices to a service of the town's own."""

from anlan.gateways.webhook.client import Told, send, signature

__all__ = ["Told", "send", "signature"]
