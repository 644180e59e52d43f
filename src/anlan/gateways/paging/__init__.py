"""The call-out of a crew."""

from anlan.gateways.paging.client import Outbox, Page, call_out, post

__all__ = ["Outbox", "Page", "call_out", "post"]
