"""Real files: kill -9 leaves no case half sealed, the disk no old wrap, an older copy nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Live through an installation's life in a process of its own, once for all tests here."""
    folder = tmp_path_factory.mktemp("installation")
    environment = {
        **os.environ,
        "ANLAN_DATA": str(folder / "data"),
        "ANLAN_KEY_FILE": str(folder / "keys" / "service.key"),
        "ANLAN_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "anlan.project.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    environment.pop("ANLAN_ERASURES_FILE", None)
    words = [sys.executable, "-m", "tests.cli.older_copy"]
    done = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


def test_killed_at_any_point_a_case_is_as_it_was(found: dict[str, Any]) -> None:
    assert len(found["killed"]) == 3
    assert set(found["killed"].values()) == {"as it was"}, found["killed"]


def test_after_sealing_no_file_holds_the_services_old_copies(found: dict[str, Any]) -> None:
    assert found["before"][0] == 4, "they were there to be found"
    assert found["sealed"] == found["sealed_again"] == "sealed"
    assert found["after"][0] == found["after_again"][0] == 0


def test_after_erasing_no_file_holds_the_ciphertext(found: dict[str, Any]) -> None:
    assert found["before"][1] == 6
    assert found["after"][1] == found["after_again"][1] == 0


def test_an_older_copy_put_back_loses_again_what_was_erased(found: dict[str, Any]) -> None:
    assert found["came_back"]
    assert found["erased_again"] == 1
    assert found["texts_left"] == 0


def test_a_copy_without_its_keys_opens_nothing_until_they_are_put_back(
    found: dict[str, Any],
) -> None:
    assert found["stripped"]
    assert "anlan keys restore" in found["without_keys"]
    assert found["with_keys"] == ["金丝雀 open"]
    assert found["erased_stays"] == 0


def test_after_a_change_of_the_wrapping_key_no_older_copy_opens(found: dict[str, Any]) -> None:
    assert found["older_key_file"] == 11, "the attack works before: an older copy and the key file"
    assert found["wrapped_anew"] > 0
    assert found["amid_change"] == [["金丝雀 open"], 11]
    assert found["changed"] == [["金丝雀 open"], 0]
