"""WCAG 2.2 AA by axe-core, target sizes included."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],  # what passes isn't described: that costs more than to find it
}


def check(page: Page, where: str) -> None:
    """Fail with each fault that axe finds, named by rule, place and reason."""
    page.wait_for_load_state()  # without its styles a page is another
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("how => axe.run(how).then(found => found.violations)", OPTIONS)
    faults = [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"][:4]
    ]
    assert not faults, f"{where}:\n" + "\n".join(faults)
