# The only set-up there is: `make demo` or `make test` on a machine with Python 3.11+, git, make and OpenSSH.
# Everything is installed into .venv, from the locks in requirements/, with hashes checked.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
CLUSTER ?=
ARGS ?=
UV_VERSION := 0.13.9

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
LOCK := requirements/lock.txt
DEV_LOCK := requirements/dev-lock.txt

# A stamp is newer than what was installed. The dev lock holds the runtime lock's versions and more, so it renews both.
RUNTIME_LOCK_STAMP := $(VENV)/.runtime-lock-installed
DEV_LOCK_STAMP := $(VENV)/.dev-lock-installed
PACKAGE_STAMP := $(VENV)/.package-installed
RUNTIME := $(RUNTIME_LOCK_STAMP) $(PACKAGE_STAMP)
DEV := $(DEV_LOCK_STAMP) $(PACKAGE_STAMP)

# The plain demo makes do with the runtime lock.
WANTED := $(if $(filter-out demo help lock clean,$(MAKECMDGOALS))$(CLUSTER),$(DEV),$(RUNTIME))

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: demo
ifeq ($(CLUSTER),)
demo: $(RUNTIME) ## Show what the tool does, on a repository of its own (CLUSTER=1: on a real API server)
	@$(BIN)/gitops-breakglass demo $(ARGS)
else
demo: $(DEV)
	@$(BIN)/python -m tests.cluster.demo $(ARGS)
endif

.PHONY: install
install: $(DEV) ## Create .venv with everything that development needs

.PHONY: test
test: $(DEV) ## Run all tests: the fast ones, those in an editor, then those on a real API server
	@$(BIN)/python -m tests.cluster.harness.build
	@$(BIN)/python -m tests.editors.install >&2
	@$(BIN)/python -m tests.ci.linters >&2
	@status=0; \
	$(BIN)/python -m pytest -m "not cluster and not editor" -n 2 $(ARGS) || status=$$?; \
	$(BIN)/python -m pytest -m editor $(ARGS) || status=$$?; \
	$(BIN)/python -m tests.second_look -m cluster -n 4 --dist loadfile $(ARGS) || status=$$?; \
	exit $$status

.PHONY: fast
fast: $(DEV) ## Run the unit and law tests only
	@$(BIN)/python -m pytest -m "not cluster" -n 2 $(wildcard tests/unit tests/laws) tests/test_architecture.py $(ARGS)

.PHONY: lint
lint: $(DEV) ## Check style, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: $(DEV) ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

.PHONY: mutants
mutants: $(DEV) ## Break the code in known ways; a test must notice each
	@$(BIN)/python -m tests.mutants $(ARGS)

SECONDS ?= 600
FUZZ_LOCK := requirements/fuzz-lock.txt
FUZZ_STAMP := $(VENV)/.fuzz-lock-installed
.PHONY: fuzz
fuzz: $(DEV) $(FUZZ_STAMP) ## Fuzz the loader, schemas, rules and reports, guided by coverage (SECONDS=600)
	@mkdir -p .cache/fuzz/corpus .cache/fuzz/found
	@$(BIN)/python -m tests.fuzz .cache/fuzz/corpus tests/fuzz/corpus -max_total_time=$(SECONDS) -max_len=8192 -timeout=20 \
	  -artifact_prefix=.cache/fuzz/found/ $(ARGS)

.PHONY: bench
bench: $(DEV) ## Measure
	@$(BIN)/python -m benchmarks $(ARGS)

# `make lock` keeps the versions that still fit; `make lock UPGRADE=1` takes the newest.
COMPILE = .cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) pyproject.toml --group build
.PHONY: lock
lock: ## Resolve pyproject.toml into requirements/ (UPGRADE=1: to the newest versions)
	@$(PYTHON) -m venv .cache/uv
	@.cache/uv/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV_VERSION)
	$(COMPILE) --output-file $(LOCK)
	$(COMPILE) --constraint $(LOCK) --group dev --output-file $(DEV_LOCK)
	$(subst pyproject.toml --group build,--group pyproject.toml:fuzz,$(COMPILE)) --output-file $(FUZZ_LOCK)

.PHONY: clean
clean: ## Remove everything that is not in git and was made here
	rm -rf $(VENV) .cache .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find gitops_breakglass tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, and $(PYTHON) is: $$("$(PYTHON)" --version 2>&1 || true)." >&2; \
	  echo "Try again with another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@"$(PYTHON)" -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "No virtual environment: on Debian and Ubuntu, install python3-venv." >&2; exit 2; }

$(RUNTIME_LOCK_STAMP): $(LOCK) | $(BIN)/python
	@echo "installing $(LOCK) into $(VENV)" >&2
	@$(PIP) install --require-hashes --requirement $(LOCK)
	@touch $@

$(DEV_LOCK_STAMP): $(DEV_LOCK) $(LOCK) | $(BIN)/python
	@echo "installing $(DEV_LOCK) into $(VENV)" >&2
	@$(PIP) install --require-hashes --requirement $(DEV_LOCK)
	@touch $(RUNTIME_LOCK_STAMP) $@

# A tool of its own lock: it is there for Linux only, and nothing else needs it.
$(FUZZ_STAMP): $(FUZZ_LOCK) $(DEV_LOCK_STAMP)
	@$(PIP) install --require-hashes --requirement $(FUZZ_LOCK)
	@touch $@

# From the checkout, without the network: the build back end is in the locks. After whichever lock is being installed.
$(PACKAGE_STAMP): pyproject.toml gitops_breakglass/__init__.py | $(filter-out $(PACKAGE_STAMP),$(WANTED))
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@
