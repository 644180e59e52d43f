# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock frontend setup clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SPEED ?= 30
TOWN ?= coquimbo
PORT ?=
DATA ?= .demo

help: ## say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: ## a real town with made-up calls on the board: SPEED=30 TOWN=coquimbo|san-francisco|FILE.osm.pbf PORT= DATA=.demo
	@$(PYTHON) tools/setup.py run
	@$(PYTHON) tools/build_frontend.py
	@if [ "$(TOWN)" = coquimbo ]; then $(PYTHON) tools/fetch_demo_town.py; fi
	@exec $(BIN)/anlan demo --data "$(DATA)" --speed "$(SPEED)" --town "$(TOWN)" $(if $(PORT),--port "$(PORT)")

test: ## set up everything the tests need, then run all of them
	@$(PYTHON) tools/run_tests.py

check: ## the quick checks only: ruff, mypy, import contracts, front-end types
	@$(PYTHON) tools/run_tests.py --checks-only

bench: ## measure speed beside the peers and write docs/method/performance.md
	@$(PYTHON) tools/setup.py dev
	@$(BIN)/python -m tests.benchmarks

setup: ## make .venv for working on Anlan, and build the front end
	@$(PYTHON) tools/setup.py dev
	@$(PYTHON) tools/build_frontend.py

frontend: ## build the front end where its sources changed
	@$(PYTHON) tools/build_frontend.py

lock: ## compile the hashed locks from requirements.in, requirements-dev.in and tools/locks/*.in
	@$(PYTHON) tools/lock.py

clean: ## remove what was built (keeps .demo and .data)
	@rm -rf .venv .boot .cache frontend/node_modules src/anlan/web/static/build test-results
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
