"""WCAG 2.2 AA by axe-core, target sizes included."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
}


def check(page: Page, where: str) -> None:
    """Fail with each fault that axe finds, named by rule, place and reason."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    faults = [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"][:4]
    ]
    assert not faults, f"{where}:\n" + "\n".join(faults)
