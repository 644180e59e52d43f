"""Shipped data: incident types, run cards, unit kinds, service levels, mappings. TOML only."""
