"""Forget compiled kernels of which a source was written since: `python3 tools/fresh_kernels.py`.

numba looks at the file in which a kernel stands, and at none that it imports: after an edit of an
imported constant or of a kernel that was compiled into it, the old answer would go on. Standard
library only; run by every `make` and before the tests.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"


def forget_stale(source: Path = SOURCE) -> list[str]:
    """Remove what was compiled before any of its sources was written; gives the modules."""
    stale, last_written = set(), functools.cache(functools.partial(_last_written, source=source))
    for index in sorted((source / "anlan").rglob("__pycache__/*.nbi")):
        module = index.parent.parent / f"{index.name.partition('.')[0]}.py"
        compiled = [index, *index.parent.glob(f"{index.stem}.*.nbc")]
        # An old form may stand beside a newer one of the same kernel.
        begun = min(each.stat().st_mtime for each in compiled)
        if not module.exists() or begun < last_written(module):
            for each in compiled:
                each.unlink(missing_ok=True)
            stale.add(module.relative_to(source).as_posix())
    return sorted(stale)


def _last_written(module: Path, *, source: Path) -> float:
    return max((each.stat().st_ctime for each in sources_of(module, source)), default=0.0)


def sources_of(module: Path, source: Path = SOURCE) -> set[Path]:
    """Give a module and all modules of the project that it imports, and they in turn."""
    found, waiting = set[Path](), [module]
    while waiting:
        one = waiting.pop()
        if one not in found and one.exists():
            found.add(one)
            waiting += _imported(one, source)
    return found


def _imported(module: Path, source: Path) -> list[Path]:
    names = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
    places = [source / name.replace(".", "/") for name in names if name.startswith("anlan.")]
    return [file for each in places for file in (each.with_suffix(".py"), each / "__init__.py")]


if __name__ == "__main__":
    for name in forget_stale():
        print(f"To be compiled anew: {name}")
