"""Moments stand by the town's clock: left to itself, a template writes them in UTC."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import anlan.web

TEMPLATES = sorted(Path(anlan.web.__file__).parent.rglob("*.html"))
MOMENT = re.compile(r"\w+(?:\.\w+)*(?:_at|\.at)\|date:")
IN_ZONE = re.compile(r"{% timezone .*?{% endtimezone %}", re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: one.name)
def test_no_template_writes_a_moment_without_the_zone_of_its_town(path):
    assert MOMENT.findall(IN_ZONE.sub("", path.read_text())) == []
