"""Tables of coverage planning."""
