"""The live feed: server-sent events from the ledger, as raw ASGI, one tail for each town."""

from anlan.api.live.feed import LiveFeed

__all__ = ["LiveFeed"]
