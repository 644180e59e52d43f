"""Behaviour that crosses areas, one file each, named as a sentence."""
