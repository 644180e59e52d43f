"""Anlan (安澜): open software that keeps a town safe."""
