# Everything lives in .venv and the cache folder; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready
PROMPT ?= Build a kanban board with drag and drop
FRAMEWORK ?=
PORT ?= 8080
CODE := shared services deploy tests

.DEFAULT_GOAL := help
.PHONY: help setup demo up test chaos check format bench doctor lock clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv

demo: $(READY) ## Start the system, generate one app from PROMPT, show it all, stop
	@$(BIN)/millstream demo "$(PROMPT)" --framework "$(FRAMEWORK)"

up: $(READY) ## Run the whole system until Ctrl-C, on PORT
	@exec $(BIN)/millstream up --port $(PORT)

test: $(READY) ## Run the whole test suite
	@$(BIN)/python -m pytest

chaos: $(READY) ## Break everything for a quarter of an hour, and count what it did
	@$(BIN)/python -m pytest tests/chaos tests/integration/embedded/test_broker_recovery.py \
		-m "" -k "not briefly and not hung_broker" --session-timeout=900

check: $(READY) ## Format, lint, types, import rules
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

format: $(READY) ## Format the code and sort its imports
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

bench: $(READY) ## Run the benchmarks
	@$(BIN)/python -m deploy.bench

doctor: $(READY) ## Say what works on this machine, and how to mend what does not
	@$(BIN)/millstream doctor

lock: | $(BIN)/uv ## Resolve requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
		--all-extras --group dev pyproject.toml --output-file requirements.lock

clean: ## Remove .venv and all that tools left behind (the data folder stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Millstream needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(READY): requirements.lock pyproject.toml | $(BIN)/uv
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)
