"""Rules of hazards. Pure but for the shipped catalogues, which are read once."""
