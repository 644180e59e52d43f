"""Collected from frontend/src by tools/compile_messages.py --collect. Do not edit by hand."""

BOARD_WORDS: tuple[str, ...] = ()
