# Two commands do everything: `make run` and `make test`. The rest is for people who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check format lint types imports migrations-drift openapi-drift openapi lock clean

run: $(VENV)/.run            ## set up, migrate, load the demo clinic on first run, serve on 127.0.0.1:8000
	$(BIN)/stance run

test: $(VENV)/.dev           ## every test, on SQLite and on a PostgreSQL the tests start themselves
	$(BIN)/pytest

check: format-check lint types imports migrations-drift openapi-drift test  ## what CI runs

format: $(VENV)/.dev         ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

format-check: $(VENV)/.dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

migrations-drift: $(VENV)/.dev
	$(BIN)/pytest -q tests/migrations

openapi-drift: $(VENV)/.dev
	$(BIN)/stance openapi --check

openapi: $(VENV)/.dev        ## write openapi/openapi.json from the code
	$(BIN)/stance openapi

lock:                        ## remake the hashed locks from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:                       ## remove the environment and caches; data/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.run: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
