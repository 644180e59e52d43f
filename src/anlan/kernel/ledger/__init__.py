"""The append-only record of every write, and the durable event feed."""
