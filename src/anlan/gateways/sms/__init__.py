"""Short messages."""

from anlan.gateways.sms.client import Sms, send

__all__ = ["Sms", "send"]
