"""Town, roads, closures, posts, units, imported call logs."""
