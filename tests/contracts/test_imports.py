"""Arrows point down: each import contract of pyproject.toml is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from importlinter import api  # importing it sets the library up
from importlinter.application import use_cases

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "pyproject.toml"
CONTRACTS = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]


@pytest.fixture(scope="module")
def graph_cache(tmp_path_factory):
    """One folder for the graph of imports, which all contracts share."""
    return str(tmp_path_factory.mktemp("imports"))


@pytest.mark.parametrize("contract", [c["id"] for c in CONTRACTS])
def test_contract_is_kept(contract, graph_cache, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    kept = use_cases.lint_imports(
        config_filename="pyproject.toml",
        limit_to_contracts=(contract,),
        cache_dir=graph_cache,
        no_logo=True,
    )
    assert kept, capsys.readouterr().out


def test_library_reads_the_contracts_that_hold_the_house(monkeypatch):
    monkeypatch.chdir(ROOT)
    read = {c["id"] for c in api.read_configuration("pyproject.toml")["contracts_options"]}
    assert {"house", "kernel", "engine-floors", "engine-pure", "doors", "rules-pure"} <= read
