"""The live feed: server-sent events from the ledger, as raw ASGI, one tail for each town."""

from anlan.api.live.feed import LiveFeed, stop_all

__all__ = ["LiveFeed", "stop_all"]
