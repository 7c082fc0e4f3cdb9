# make run: one day end to end on the bundled sandbox.   make ui: Dagster UI, daemon and API.   make test: all tests.
# Nothing is needed beforehand but Python 3.11-3.14 with pip; everything lands in .venv and .trend_assets.
SHELL := /bin/sh
VENV  := .venv
BIN   := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { echo "$$p"; break; }; done)
PIP   := $(BIN)/python -m pip --disable-pip-version-check
BOOT  := .trend_assets/boot
# uv installs in seconds what pip takes half a minute for. It is taken where it is, or fetched once from the package
# index; where it cannot be had, or cannot reach what pip can, pip does the work. It compiles what it installs, as pip
# does: a container that forbids Python to write bytecode would compile it at every start, which doubles each of them.
UV    := $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(BOOT)/bin/uv)
# The mark holds who installs: where it is left and its process is dead, any package may be half there, also one that
# looks installed, and all are put there once more.
INSTALL = again=$$(test ! -e $(VENV)/.begun || kill -0 "$$(cat $(VENV)/.begun)" 2>/dev/null || echo yes); echo $$$$ >$(VENV)/.begun; \
	if $(UV) --version >/dev/null 2>&1; then UV_PYTHON_DOWNLOADS=never $(UV) pip install $${again:+--reinstall} --compile-bytecode \
		--python $(BIN)/python $(1) && rm -f $(VENV)/.begun && exit; echo "uv could not; trying pip …"; fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	$(PIP) install $${again:+--ignore-installed} $(1) && rm -f $(VENV)/.begun

.PHONY: run ui api extras test fast properties mutants lint docs lock audit bench clean clean-data

run: $(VENV)/.runtime
	@$(BIN)/trend-assets run

ui: $(VENV)/.runtime
	@$(BIN)/trend-assets ui

api: $(VENV)/.runtime
	@$(BIN)/trend-assets api

# what workers over RabbitMQ, pods and object storage need besides
extras: $(VENV)/.runtime
	@$(call INSTALL,--no-deps -r deploy/requirements.lock)

# a file to one worker, in the order of trend_assets_tests/conftest.py. Three workers for two cores: one of them mostly
# waits for daemons, sensors and providers
test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

fast: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" trend_assets_tests/unit trend_assets_tests/component $(PYTEST_ARGS)

# the property tests with examples that no run has tried yet; what it finds is kept by an @example, not by a seed
properties: $(VENV)/.dev
	@$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile=anew $(PYTEST_ARGS) || { \
		echo 'To keep what was found: write the "Falsifying example" above its test as @example(…), where every later run'; \
		echo 'tries it first, and mend the product. The same examples again: make properties PYTEST_ARGS=--hypothesis-seed=N'; \
		exit 1; }

# an hour and more: 300 changed operators, constants and branches in formulas and writes, and those that no test sees
mutants: $(VENV)/.dev
	@$(call INSTALL,mutmut pytest-cov)
	@$(BIN)/python scripts/mutants.py

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

docs: $(VENV)/.dev
	@$(BIN)/trend-assets docs

lock: $(VENV)/.made
	@$(call INSTALL,uv)
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url --generate-hashes \
		pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url --generate-hashes \
		--extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header --no-emit-index-url --generate-hashes \
		--extra celery --extra k8s --extra objects pyproject.toml -c requirements-dev.lock -o deploy/requirements.lock

# exit code 2 where it could not look at everything: that is no pass
audit: $(VENV)/.runtime
	@$(BIN)/python scripts/audit.py $(UV) tool run pip-audit

bench: $(VENV)/.dev
	@for b in $$(ls benchmarks/*.py | grep -v __init__); do \
		echo "== $$b"; $(BIN)/python -m benchmarks.$$(basename $$b .py) || exit 1; done

# what can be made again; collected data, keys and paid answers stay
clean:
	@-$(BIN)/trend-assets down 2>/dev/null
	rm -rf $(VENV) $(BOOT) artefacts build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants
	find trend_assets trend_assets_tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# the database with everything collected and paid for, issues, media, the key that keeps erased people out
clean-data:
	@-$(BIN)/trend-assets down 2>/dev/null
	@printf 'Delete .trend_assets with all that was collected and paid for? Nothing brings it back. Type yes: '; \
		read answer && test "$$answer" = yes || { echo "Nothing was deleted."; exit 1; }; rm -rf .trend_assets

# Each stamp is written when its step is done, so a step that was killed is done again from its beginning.
$(VENV)/.made:
	@$(BIN)/python -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' 2>/dev/null || { \
		test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.14 was found; install one, or say PYTHON=/path/to/python." >&2; exit 1; }; \
		rm -rf $(VENV); \
		$(UV) --version >/dev/null 2>&1 || { echo "Fetching uv, which installs faster than pip …"; \
			$(PYTHON) -m pip --disable-pip-version-check install -q --target $(BOOT) uv || true; }; \
		UV_PYTHON_DOWNLOADS=never $(UV) venv -q --python $(PYTHON) $(VENV) 2>/dev/null \
		|| $(PYTHON) -m venv $(VENV) 2>/dev/null \
		|| { rm -rf $(VENV); $(PYTHON) -m pip install -q --target $(BOOT) virtualenv \
			&& PYTHONPATH=$(BOOT) $(PYTHON) -m virtualenv -q $(VENV); } \
		|| { echo "Neither uv nor venv nor pip could make $(VENV); on Debian: apt install python3-venv python3-pip." >&2; exit 1; }; }
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml setup.py | $(VENV)/.made
	@echo "Installing trend_assets and what it needs into $(VENV), once …"
	@$(call INSTALL,--no-deps -r requirements.lock)
	@$(call INSTALL,--no-deps -e .)
	@$(BIN)/python -m compileall -q trend_assets
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what the tests need …"
	@$(call INSTALL,--no-deps -r requirements-dev.lock)
	@$(BIN)/python -m compileall -q trend_assets_tests
	@touch $@
