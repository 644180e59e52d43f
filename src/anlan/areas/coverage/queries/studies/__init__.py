"""Studies: a town's calls simulated under scenarios, reported with how sure the answer is."""
