# Everything here starts from a bare machine with Python 3.11 or newer, pip and make: the environment is made in .venv.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check docs bench bench-long format clean

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY)  ## Show the mock at work: a workflow and a run, end to end
	@$(BIN)/omics-mock demo

test: $(READY)  ## Lint, type-check and test, the examples of README and docs included
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --fail-on-skip --numprocesses auto --quiet

check: $(READY)  ## Test the oldest and the newest dependencies, and the built wheel in an empty environment
	$(BIN)/nox

docs: $(READY)  ## Build the documentation site in build/docs
	@$(BIN)/nox --session docs

bench: $(READY)  ## Measure the mock against its budgets
	@$(BIN)/nox --session awaited
	@$(BIN)/python -m benchmarks --write

bench-long: $(READY)  ## Measure large files, batches of runs, and snapshots
	@$(BIN)/python -m benchmarks.transfers
	@$(BIN)/python -m benchmarks.batches
	@$(BIN)/python -m benchmarks.snapshots

format: $(READY)  ## Let ruff format and fix the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:  ## Remove the environment and everything built
	rm -rf $(VENV) .nox build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(READY): pyproject.toml checks/bootstrap.sh
	@sh checks/bootstrap.sh $(VENV)
	@touch $@
