"""Pages of oversight: a disclosure to an authority is taken in, and opens its one case."""
