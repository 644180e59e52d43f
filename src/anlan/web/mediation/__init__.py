"""Pages of mediation beside the generic pages of cases."""
