"""Move-up within the simulation: cover kept up to date, and who goes where."""
