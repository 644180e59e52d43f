"""Which errors are the user's to mend, and how an inner one is named without its values."""

from __future__ import annotations

import traceback


def as_bad_input(error: Exception) -> str | None:
    """Give the sentence of an error that the user can mend, or None when the fault is ours.

    The engine's refusals are plain ValueErrors whose classes stand in `anlan.engine`; a file that
    can't be opened is the user's to name rightly.
    """
    if type(error).__module__.startswith("anlan.engine") and isinstance(error, ValueError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"The file {error.filename} can't be used: {error.strerror}."
    return None


def where(error: Exception) -> str:
    """Name an error by its kind and its place in the code, never by its message."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/anlan/" in frame.filename.replace("\\", "/")]
    if not ours:
        return type(error).__name__
    last = ours[-1]
    place = last.filename.replace("\\", "/").rsplit("/anlan/", 1)[-1]
    return f"{type(error).__name__} at anlan/{place}:{last.lineno}"
