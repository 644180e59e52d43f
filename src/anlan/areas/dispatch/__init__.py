"""Calls, incidents, recommendation, dispatch and unit statuses."""
