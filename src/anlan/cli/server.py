"""The server process: uvicorn that tells the live feed to end before it waits for its streams."""

from __future__ import annotations

import signal
import socket
from types import FrameType

import uvicorn


class GracefulServer(uvicorn.Server):
    """Ends every board's stream first; otherwise stopping waits until boards go by themselves.

    A second Ctrl-C stops at once.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live streams, then stop as usual."""
        from anlan.api.live import stop_all

        await stop_all()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take Ctrl-C as the wish to stop, without raising it again once all is stopped."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        else:
            self.should_exit = True
