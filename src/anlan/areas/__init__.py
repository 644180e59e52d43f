"""The subjects. They never import each other."""
