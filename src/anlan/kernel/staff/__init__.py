"""Who works here, in which roles, and who is signed in."""
