"""Coverage: who is reached how soon, where posts should stand, what if one closes."""
