# Every target sets up what it needs by itself, in a virtual environment of the checkout.
PYTHON ?= python3
STORE ?= $(or $(RUNNER_STORE),runs.db)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help report sweep test test-all test-slow unit chaos bench bench-quick bench-smoke lint format lock clean

help: ## Show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

report: $(VENV)/.report ## Figures from the store; runs the default sweep first if the store is empty
	@if [ -z "$$($(BIN)/runner list --quiet --store $(STORE) 2>/dev/null)" ]; then \
	  $(BIN)/runner sweep --matrix grid.yaml --store $(STORE) || [ $$? -eq 1 ]; fi
	@$(BIN)/runner report --store $(STORE)

sweep: $(VENV)/.report ## Run the default grid once more
	@$(BIN)/runner sweep --matrix grid.yaml --store $(STORE)

# What some hundred interpreters import is compiled once, also where the environment says not to.
test test-all test-slow unit chaos: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.dev ## The tests, in two minutes on two CPUs, but for those that are slow by nature
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m "not slow"

# Slow tests wait for a good part of their time, so there are more processes than CPUs. One run of all tests loads and
# collects them once, and no CPU is idle while the last quick tests end.
test-all: $(VENV)/.dev ## All tests, also those that are slow by nature
	@$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

test-slow: $(VENV)/.dev ## Those that are slow by nature alone
	@$(BIN)/python -m pytest --numprocesses 4 --dist worksteal -m slow

unit: $(VENV)/.dev ## The tests of what is pure, in seconds
	@$(BIN)/python -m pytest -m "not slow" tests/matrix tests/display tests/test_blocks.py tests/test_estimate.py \
	  tests/test_loop.py tests/test_noise.py tests/test_outcome.py tests/test_reply.py tests/test_verdict.py

chaos: $(VENV)/.dev ## Kill a sweep 200 times, and try 20,000 inputs
	@CHAOS=1 $(BIN)/python -m pytest tests/chaos tests/faults -rP --numprocesses auto --dist worksteal

bench: $(VENV)/.bench ## Measure the instrument, and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.bench ## What it adds to a trial, what a trial costs, how quick its commands are
	@$(BIN)/python -m benchmarks --quick

bench-smoke: $(VENV)/.bench ## Start every benchmark at its smallest size: does it run?
	@$(BIN)/python -m benchmarks --smoke

lint: $(VENV)/.dev ## Style, types, and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## Let ruff rewrite the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/.dev ## Compile the lock files anew
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --upgrade --generate-hashes \
	  --no-header --no-emit-index-url --extra report --group build -o locks/report.txt
	@$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --upgrade --generate-hashes \
	  --no-header --no-emit-index-url --extra report --group build --group dev -c locks/report.txt -o locks/dev.txt
	@$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --upgrade --generate-hashes \
	  --no-header --no-emit-index-url --extra report --group build --group bench -c locks/report.txt -o locks/bench.txt

clean: ## Remove what the other targets made, except stores and reports
	rm -rf $(VENV) .bench build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
	  $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; } || \
	  { rm -rf $(VENV); echo "No virtual environment could be made; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.report: locks/report.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) ..." >&2
	@$(BIN)/python -m pip install -q --require-hashes -r locks/report.txt
	@$(BIN)/python -m pip install -q --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.report
	@echo "Installing what tests need into $(VENV) ..." >&2
	@$(BIN)/python -m pip install -q --require-hashes -r locks/dev.txt
	@touch $@

$(VENV)/.bench: locks/bench.txt $(VENV)/.report
	@echo "Installing what the benchmarks compare with into $(VENV) ..." >&2
	@if $(BIN)/python -m pip install -q --require-hashes -r locks/bench.txt; then touch $@; else \
	  echo "pyperf could not be installed; the benchmarks go on without it and report it as missing" >&2; fi
