# Everything a person or CI runs. Each target does its own set-up: `make run` on a fresh clone just works.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
# Pure modules, those of the import contract "pure" in pyproject.toml: every branch is covered.
PURE_COMMANDS := explained junit
PURE_DETECT := compile contribute correlate difference explain fields fragments index index_answer indexed outcomes projection required search shares values witness
PURE_NOTIFY := answers attack backoff blocks buttons compose correlated daily daily_parts details dialog escape facts flood forms growth keys known mentions message notice opening pagerduty_event payload payload_known plain presses remarks sentence signature standing statuses talk trial
PURE := daemon/backoff.py daemon/condition.py daemon/errors.py daemon/model/* daemon/trail/* daemon/windows/* \
	$(PURE_COMMANDS:%=daemon/commands/%.py) $(PURE_DETECT:%=daemon/detect/%.py) $(PURE_NOTIFY:%=daemon/notify/%.py) \
	daemon/record/novelty.py daemon/record/ringing.py
COMMA := ,
SPACE := $(COMMA:,=) $(COMMA:,=)
CONFIG ?= $(firstword $(wildcard config.yaml) config.example.yaml)
.DEFAULT_GOAL := help
.PHONY: help setup run test check format lint types contracts lock benchmark soak-replicas soak-delivery sigma-page clean

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Trailwarden needs Python 3.11, 3.12 or 3.13; name one with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run-ready: $(VENV)/made requirements/run.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev-ready: $(VENV)/run-ready requirements/dev.txt
	$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/run-ready  ## make .venv with the locked dependencies and the trailwarden command

run: setup  ## start the daemon (ARGS=--once for a single cycle)
	$(BIN)/trailwarden run -c $(CONFIG) $(ARGS)

test: $(VENV)/dev-ready  ## the tests (ARGS="-k name" for some of them)
	$(PYTEST) $(ARGS)

check: $(VENV)/dev-ready lint types contracts  ## everything that CI runs
	$(PYTEST) -n 3 --dist worksteal --cov --cov-report=term:skip-covered $(ARGS)
	$(BIN)/coverage report --fail-under=100 --skip-covered --include='$(subst $(SPACE),$(COMMA),$(strip $(PURE)))'

lint: $(VENV)/dev-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev-ready
	$(BIN)/mypy

contracts: $(VENV)/dev-ready
	$(BIN)/lint-imports

format: $(VENV)/dev-ready  ## put the code into its canonical form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra postgres --extra geoip --extra apprise pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -c requirements/run.txt --group build -o requirements/build.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -c requirements/run.txt --extra postgres --extra geoip --extra apprise pyproject.toml --group dev -o requirements/dev.txt

benchmark: $(VENV)/dev-ready  ## speed and memory, as benchmarks/README.md shows them (some fifty minutes)
	for one in detection many_rules rules_load correlations small_files replay_small memory daemon_memory backlog organisation state_size; do $(BIN)/python -m benchmarks.$$one || exit 1; done

soak-replicas: $(VENV)/dev-ready  ## two daemons on one PostgreSQL, killed again and again for two minutes
	$(BIN)/python -m tests.e2e.replicas 120

soak-delivery: $(VENV)/dev-ready  ## a million log files delivered late, in bursts, through faults: none missed, none twice (twenty minutes or so)
	$(BIN)/python -m benchmarks.delivery

sigma-page: $(VENV)/dev-ready  ## write docs/sigma.md anew from the table in tests/conformance
	$(BIN)/python -m tests.conformance.page

clean:  ## remove what set-up and tests have made (never the state in data/)
	rm -rf $(VENV) .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
