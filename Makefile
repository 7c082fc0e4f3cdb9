# make run: one day end to end on the bundled sandbox.   make ui: Dagster UI, daemon and API.   make test: all tests.
# Nothing is needed beforehand but Python 3.11-3.13 with pip; everything lands in .venv and .trend_assets.
SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && { echo "$$p"; break; }; done)
PIP   := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: run ui api test fast properties lint docs lock bench clean

run: $(VENV)/.runtime
	@$(BIN)/trend-assets run

ui: $(VENV)/.runtime
	@$(BIN)/trend-assets ui

api: $(VENV)/.runtime
	@$(BIN)/trend-assets api

# two workers, a file to one of them: the whole suite for two cores
test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

fast: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" trend_assets_tests/unit trend_assets_tests/component $(PYTEST_ARGS)

# the property tests with examples that no run has tried yet; what it finds is kept by an @example, not by a seed
properties: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=anew $(PYTEST_ARGS) || { \
		echo 'To keep what was found: write the "Falsifying example" above its test as @example(…), where every later run'; \
		echo 'tries it first, and mend the product. The same examples again: make properties PYTEST_ARGS=--hypothesis-seed=N'; \
		exit 1; }

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

docs: $(VENV)/.dev
	@$(BIN)/trend-assets docs

lock: $(BIN)/python
	@$(PIP) install uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
		pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url \
		--extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock

bench: $(VENV)/.dev
	@for b in $$(ls benchmarks/*.py | grep -v __init__); do \
		echo "== $$b"; $(BIN)/python -m benchmarks.$$(basename $$b .py) || exit 1; done

clean:
	@-$(BIN)/trend-assets down 2>/dev/null
	rm -rf $(VENV) .trend_assets artefacts

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found; install one, or say PYTHON=/path/to/python." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); $(PYTHON) -m pip install -q --target .trend_assets/boot virtualenv \
		&& PYTHONPATH=.trend_assets/boot $(PYTHON) -m virtualenv -q $(VENV); }

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing trend_assets and what it needs into $(VENV) (about a minute, once) …"
	@$(PIP) install --no-deps -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what the tests need …"
	@$(PIP) install --no-deps -r requirements-dev.lock
	@touch $@
