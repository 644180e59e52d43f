"""Pages of hazards: the register, inspections and their form, what is asked, residents' reports."""
