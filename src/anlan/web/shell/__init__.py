"""Layout, navigation, map and the live board's frame."""
