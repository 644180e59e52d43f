"""What the tests need from the machine: Chromium with Chinese fonts, PostgreSQL, Pango for PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from console import Missing, run, step

PACKAGES = {
    "chromium": ("chromium", "fonts-noto-cjk"),
    "postgresql": ("postgresql",),
    "pango": ("libpango-1.0-0", "libpangoft2-1.0-0"),
}


def has_chromium() -> bool:
    """Say whether Debian's Chromium stands where the browser tests look."""
    return Path("/usr/bin/chromium").exists()


def has_postgresql() -> bool:
    """Say whether a PostgreSQL server's programs stand where Debian puts them."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def has_pango() -> bool:
    """Say whether the library that lays out reports as PDF stands where Debian puts it."""
    return any(Path("/usr/lib").glob("*/libpangoft2-1.0.so.0"))


HAS = {"chromium": has_chromium, "postgresql": has_postgresql, "pango": has_pango}


def as_root() -> list[str] | None:
    """Give the words that make a command run as root, or None where that takes a password."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    done = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)
    return [sudo, "-n"] if done.returncode == 0 else None


def apt_get(prefix: list[str], packages: tuple[str, ...]) -> None:
    """Install Debian packages without asking anything."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    try:
        run(install, env=env)
    except Missing:  # the package lists may be absent or old
        run([*prefix, "apt-get", "update", "-q"], env=env)
        run(install, env=env)


def ensure(name: str) -> str:
    """Bring `chromium` or `postgresql` where we may.

    Gives "" when it is there, else one sentence that says what to do.
    """
    if HAS[name]():
        return ""
    packages = PACKAGES[name]
    advice = f"{name} is absent, so its tests are skipped: apt-get install {' '.join(packages)}"
    prefix = as_root()
    if prefix is None or shutil.which("apt-get") is None:
        return advice
    try:
        with step(f"{' and '.join(packages)} (apt-get)"):
            apt_get(prefix, packages)
    except Missing as failure:
        return f"{advice} ({str(failure).splitlines()[-1]})"
    return "" if HAS[name]() else advice
