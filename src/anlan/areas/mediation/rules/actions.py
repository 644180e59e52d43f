"""Everything that may be done in a mediation: one visible table. Pure."""

from __future__ import annotations

from anlan.areas.mediation.rules.joining import ASSIGNING, INTAKE, OF_WILL
from anlan.areas.mediation.rules.settling import AFTER, AGREEING, ENDING, TALKS

ACTIONS = (*INTAKE, *ASSIGNING, *OF_WILL, *TALKS, *AGREEING, *AFTER, *ENDING)
