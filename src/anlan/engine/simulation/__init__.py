"""Replays of call logs, and calls drawn from a pattern."""
