# Two commands do everything: `make run` and `make test`. The rest is for people who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := openapi/tools/node_modules
CLIENT_TOOLS := openapi/tools/.venv
OTHER_TOOLS := build/other-languages/.venv
BENCH := build/benchmarks/.venv
REDOCLY := REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true $(TOOLS)/.bin/redocly
BASE ?= $(shell ls openapi/releases/*.json | sort -V | tail -n 1)
REVISION ?= openapi/openapi.json
FORMAT ?= stylish

.PHONY: run test check format format-check lint types imports migrations-drift openapi-drift openapi lint-openapi \
	openapi-diff contract clients workflows collection breaking-changes release-notes openapi-release torture fuzz fuzz-ci \
	bench bench-publish bench-ci lock clean

run: $(VENV)/.run            ## set up, migrate, load the demo clinic on first run, serve on 127.0.0.1:8000
	$(BIN)/stance run

test: $(VENV)/.dev           ## every test, on SQLite and on a PostgreSQL the tests start themselves
	$(BIN)/pytest -m "not needs_node and not generated_clients and not other_languages"

check: format-check lint types imports migrations-drift openapi-drift lint-openapi openapi-diff contract test fuzz-ci bench-ci  ## what CI runs

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

openapi: $(VENV)/.dev        ## write the renditions in openapi/ from the code
	$(BIN)/stance openapi

lint-openapi: $(VENV)/.dev $(TOOLS)/.package-lock.json  ## judge the renditions; no finding is small enough
	for rendition in openapi openapi-3.0 openapi-3.2; do $(BIN)/python -m openapi_spec_validator openapi/$$rendition.json || exit 1; done
	$(REDOCLY) lint --config openapi/redocly.yaml openapi/openapi.yaml openapi/openapi-3.2.json
	$(TOOLS)/.bin/spectral lint openapi/openapi.json --ruleset openapi/.spectral.yaml --fail-severity=warn

# Enums are open by contract (the document says so), so a new value is no breaking change.
openapi-diff: $(TOOLS)/.package-lock.json  ## fail when the document breaks what the last release promised
	@$(REDOCLY) diff $(BASE) $(REVISION) --config openapi/redocly.yaml --format $(FORMAT) --fail-on major --skip-rule enum-values-added

contract: $(VENV)/.dev $(TOOLS)/.package-lock.json $(CLIENT_TOOLS)/.installed  ## use the contract as its readers do: generated clients, guides, docs pages in a browser
	$(BIN)/pytest -m "needs_node or generated_clients"

clients: $(VENV)/.dev $(TOOLS)/.package-lock.json $(CLIENT_TOOLS)/.installed $(OTHER_TOOLS)/.installed  ## generate, compile and run a client in every language (needs Java 17)
	$(BIN)/pytest -n 0 tests/clients

workflows: $(VENV)/.dev $(TOOLS)/.package-lock.json  ## run the guides of openapi/arazzo against a service of their own
	$(BIN)/pytest -n 0 tests/guides/test_workflows.py

collection: $(TOOLS)/.package-lock.json  ## write a Bruno collection of the document to build/bruno
	@mkdir -p build
	node openapi/tools/collection.mjs build/bruno

breaking-changes: $(VENV)/.dev $(TOOLS)/.package-lock.json  ## change the document in many ways and see the gate fire
	$(BIN)/pytest -n 0 tests/contract/test_breaking_changes.py

release-notes: $(VENV)/.dev $(TOOLS)/.package-lock.json  ## print the CHANGELOG section of the changes since the last release
	@mkdir -p build
	@$(REDOCLY) diff $(BASE) $(REVISION) --config openapi/redocly.yaml --format json --fail-on none --skip-rule enum-values-added > build/openapi-diff.json
	@$(BIN)/stance release-notes build/openapi-diff.json

openapi-release: openapi-drift  ## keep the document as the promise of this version
	cp openapi/openapi.json openapi/releases/$$($(BIN)/python -c 'from app.version import VERSION; print(VERSION)').json

KILLS ?= 50
SEED ?= 1

torture: $(VENV)/.dev        ## kill the service KILLS times on each engine while everyone writes; nothing may be lost
	$(BIN)/python -m tests.campaigns.torture --kills $(KILLS) --seed $(SEED)

CASES ?= 20000
fuzz: $(VENV)/.dev           ## the fuzz campaign on both engines, and others trying what one person received
	$(BIN)/python -m tests.campaigns.fuzz --engine sqlite --cases $(CASES) --seed $(SEED)
	$(BIN)/python -m tests.campaigns.fuzz --engine postgresql --cases $(CASES) --seed $(SEED)
	$(BIN)/pytest -n 0 tests/campaigns/test_bola.py

fuzz-ci: $(VENV)/.dev        ## a minute of the fuzz campaign, the same minute each time
	$(BIN)/python -m tests.campaigns.fuzz --engine sqlite --cases 0 --seconds 60 --seed 1 --examples 5

ARGS ?=
bench: $(VENV)/.run $(BENCH)/.installed  ## measure beside others that give the same answers; ARGS=--quick takes a minute
	$(BENCH)/bin/python -W "ignore:XDG_RUNTIME_DIR is not set" -m benchmarks.run --product $(BIN)/python $(ARGS)

bench-publish: $(BENCH)/.installed  ## show the last whole run of `make bench` in README: table, picture, which goals are missed
	$(BENCH)/bin/python -m benchmarks.publish $(ARGS)

# The limit's parts are all among the service's, so that the tests' environment does.
bench-ci: $(VENV)/.dev       ## a minute beside the hand-written limit; fails when a share held in benchmarks/figures.py is lost
	$(BIN)/python -W "ignore:XDG_RUNTIME_DIR is not set" -m benchmarks.run --product $(BIN)/python --quick --gate --only ours,hand --out build/benchmarks/ci

lock:                        ## remake the hashed locks from pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header --no-annotate --group build --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements-dev.lock benchmarks/requirements.in -o benchmarks/requirements.lock
	for tools in requirements requirements-other-languages; do \
		uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate openapi/tools/$$tools.in -o openapi/tools/$$tools.lock; done

clean:                       ## remove the environments, caches and what was built; data/ stays
	rm -rf $(VENV) $(CLIENT_TOOLS) $(TOOLS) build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

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

$(TOOLS)/.package-lock.json: openapi/tools/package.json openapi/tools/package-lock.json
	@command -v npm > /dev/null || { echo "The tools that judge openapi/ need Node.js 20 or newer with npm (https://nodejs.org)."; exit 1; }
	npm ci --prefix openapi/tools --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(CLIENT_TOOLS)/.installed: openapi/tools/requirements.lock
	test -x $(CLIENT_TOOLS)/bin/python || $(PYTHON) -m venv $(CLIENT_TOOLS)
	$(CLIENT_TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r openapi/tools/requirements.lock
	touch $@

$(OTHER_TOOLS)/.installed: openapi/tools/requirements-other-languages.lock
	@command -v javac > /dev/null || { echo "The Java and the Go client need a JDK, 17 or newer, with javac on the PATH."; exit 1; }
	test -x $(OTHER_TOOLS)/bin/python || $(PYTHON) -m venv $(OTHER_TOOLS)
	$(OTHER_TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r openapi/tools/requirements-other-languages.lock
	touch $@

$(BENCH)/.installed: benchmarks/requirements.lock
	@command -v wrk > /dev/null || echo "Without wrk (Debian, Ubuntu: apt-get install wrk; macOS: brew install wrk) the load comes from Python."
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	touch $@
