"""Every attack there is, in the order of the rails."""

from __future__ import annotations

from anlan.cli.proving.attack import Attack, label
from anlan.cli.proving.here import Here
from anlan.cli.proving.here_keys import HERE_KEYS
from anlan.cli.proving.here_ledger import HERE_LEDGER
from anlan.cli.proving.here_people import HERE_PEOPLE
from anlan.cli.proving.here_rows import HERE_ROWS

RAILS = {
    1: label("Every column says what it is", "每一列都标明内容"),
    2: label("Sealed means sealed", "封存即不可打开"),
    3: label("One door", "只有一扇门"),
    4: label("A home is not a thing", "住宅不是物"),
    5: label("Positions only of own units", "只有本单位车组的位置"),
    6: label("Forms and cards within limits, by two", "表单与处置卡有边界，须经两人"),
    7: label("Disclosure is a case of its own", "向机关提供信息须单独立案"),
    8: label("Figures give nobody away", "统计不泄露个人"),
    9: label("The ledger can't be rewritten unseen", "台账无法被悄悄改写"),
}


def attacks_here() -> tuple[Attack[Here], ...]:
    """Give the attacks on the town's own data."""
    every = (*HERE_ROWS, *HERE_KEYS, *HERE_PEOPLE, *HERE_LEDGER)
    return tuple(sorted(every, key=lambda each: each.rail))
