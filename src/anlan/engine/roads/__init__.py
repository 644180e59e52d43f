"""Road graphs, exact travel times, routes and closures."""
