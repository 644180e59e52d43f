"""Settings, urls and wiring. Imports anything; nobody imports it."""
