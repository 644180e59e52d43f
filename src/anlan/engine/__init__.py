"""Numbers only: numpy, scipy and the solvers. No Django, no clock, no network, no environment."""
