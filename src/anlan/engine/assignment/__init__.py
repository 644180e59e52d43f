"""Which units to send to an incident, and why."""
