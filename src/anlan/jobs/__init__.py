"""Background work: a file per job, each one service call."""
