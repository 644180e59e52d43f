"""The attacks that `anlan prove` runs: on the town's own data, and on a scratch installation."""
