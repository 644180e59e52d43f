"""Where units are and how long their ways take, as compiled helpers of the simulation."""
