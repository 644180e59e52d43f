"""Write docs/reference/states.md from the tables of dispatch's rules."""

from __future__ import annotations

from pathlib import Path

from anlan.areas.dispatch.rules import state_diagram

if __name__ == "__main__":
    page = Path(__file__).resolve().parents[4] / "docs" / "reference" / "states.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(state_diagram(), encoding="utf-8")
