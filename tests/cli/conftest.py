"""The small town of the API's tests, for commands run in this process."""

from tests.api.conftest import little_town

__all__ = ["little_town"]
