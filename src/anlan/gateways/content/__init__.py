"""Looking into an uploaded file, in a process of its own."""

from anlan.gateways.content.client import Checked, Unfit, look_into

__all__ = ["Checked", "Unfit", "look_into"]
