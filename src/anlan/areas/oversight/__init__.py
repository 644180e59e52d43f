"""Oversight: disclosure to an authority as a case of its own. Complaints come later."""
