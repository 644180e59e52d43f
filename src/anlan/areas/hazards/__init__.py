"""Hazards: premises, inspections, and what is found until it is mended and checked."""
