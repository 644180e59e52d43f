"""The pages of coverage planning."""
