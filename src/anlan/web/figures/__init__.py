"""The public page of published counts."""
