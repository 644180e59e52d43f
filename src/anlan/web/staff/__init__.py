"""Sign-in, sign-out, language and theme."""
