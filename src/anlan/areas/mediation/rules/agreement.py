"""The seal of an agreement's text. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def hash_of(case_ref: str, *, version: int, parts: Mapping[str, str]) -> str:
    """Give the SHA-256 (hex) of an agreement's parts, bound to its case and version.

    It is kept sealed beside the text, and printed in the dossier: in clear it would let anyone
    who guesses the words prove that he guessed right.
    """
    told = {"case": case_ref, "version": version, "parts": dict(parts)}
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
