# samepath: the commands of the tree. `make` alone tells them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules
BIN := .venv/bin
# How many tests run at once: of the pure ones, and of those that have a lab and mostly wait for it.
AT_ONCE ?= 2
LABS_AT_ONCE ?= 3

.PHONY: help
help: ## Tell what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: set-up-lab ## Do all the set-up, then show the failover story on real tunnels (root)
	@$(BIN)/samepath demo

.PHONY: test
test: set-up-test ## Do all the set-up, then lint and run every test (root)
	@$(MAKE) run-lint
	@$(MAKE) run-pure
	@$(MAKE) run-packet

.PHONY: test-pure
test-pure: set-up-test run-pure ## Run the tests that need no root

.PHONY: test-packet
test-packet: set-up-test run-packet ## Run the tests on real namespaces and daemons (root)

.PHONY: bench
bench: set-up-test ## Measure everything against its aim (ONLY=cut,up N=5 SECONDS=60 OUT=DIR NEW=1; root)
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(N),--rounds $(N)) \
	  $(if $(SECONDS),--seconds $(SECONDS)) $(if $(OUT),--out $(OUT)) $(if $(NEW),--new)

.PHONY: fuzz
fuzz: set-up-test ## Fuzz the readers of devices for a bounded time each (SECONDS=60 READER=frr)
	@$(BIN)/python -m tests.fuzz $(if $(READER),--reader $(READER)) $(if $(SECONDS),--seconds $(SECONDS)) \
	  --kept .fuzz

.PHONY: lint
lint: set-up-test run-lint ## Check style, types and import contracts

.PHONY: format
format: set-up-test ## Bring every Python file into the house's form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

.PHONY: lock
lock: set-up-test ## Write requirements/ anew from pyproject.toml (UPGRADE=1 takes newer versions)
	@$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove what the commands above have made in this tree
	rm -rf .venv .tools .fuzz .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# The parts, without the set-up.

.PHONY: set-up-lab set-up-test
set-up-lab:
	@tools/setup lab
set-up-test:
	@tools/setup test

.PHONY: run-lint run-pure run-packet
run-lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
run-pure:
	$(BIN)/pytest -m pure --numprocesses $(AT_ONCE)
# Packet tests run after the pure ones and never beside them: a busy machine loses packets.
run-packet:
	$(BIN)/pytest -m "packet and not alone" --leftovers --numprocesses $(LABS_AT_ONCE) \
	  --no-loadscope-reorder
	$(BIN)/pytest -m "packet and alone" --leftovers
