# `make run` and `make test` do all of their own set-up, in .venv, from a clean clone.

PYTHON ?= python3
BIN := .venv/bin
INTEROP := .venv-interop
PIP := -m pip install --disable-pip-version-check --quiet
REQUEST := text Priya and Marco that lunch moved to one, and put it on my calendar for tomorrow at one

# GCC compiles llama.cpp's AMX kernels wrongly (its issue 20824, and planner/runtime/network.py): native code without them.
export CMAKE_ARGS ?= -DCMAKE_C_FLAGS=-U__AMX_INT8__ -DCMAKE_CXX_FLAGS=-U__AMX_INT8__

.PHONY: help run chat test test-lowest lint interop-env clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/'

run: .venv/.core ## Carry out a request on the demo profile with the default model (98 MB, fetched once)
	$(BIN)/tinyagent ask "$(REQUEST)" --profile demo --yes
	@echo; echo "What that changed on disk:"
	@$(BIN)/tinyagent history --last --profile demo

chat: .venv/.core ## Talk to the demo profile
	$(BIN)/tinyagent chat --profile demo

test: .venv/.dev interop-env ## Run the whole test suite, with coverage
	$(BIN)/tinyagent models pull smollm2-135m
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered

test-lowest: .venv-lowest/.ready interop-env ## The suite with the oldest versions that pyproject.toml admits
	.venv-lowest/bin/tinyagent models pull smollm2-135m
	.venv-lowest/bin/python -m pytest

lint: .venv/.dev ## ruff and mypy over all code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

interop-env: $(INTEROP)/.ready ## khal, todoman and khard in an environment of their own

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.core: .venv/bin/python pyproject.toml
	@$(BIN)/python -c "import llama_cpp" 2>/dev/null || \
	  echo "Installing; llama.cpp is compiled for this machine, which takes about 5 minutes on two cores …"
	$(BIN)/python $(PIP) --editable .
	@touch $@

.venv/.dev: .venv/.core
	$(BIN)/python $(PIP) --editable '.[dev,training]'
	@touch $@

.venv-lowest/.ready: pyproject.toml tests/lowest.py
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python tests/lowest.py > .venv-lowest/constraints.txt
	.venv-lowest/bin/python $(PIP) --constraint .venv-lowest/constraints.txt --editable '.[dev,training]'
	@touch $@

$(INTEROP)/.ready: tests/interop/requirements.txt
	$(PYTHON) -m venv $(INTEROP)
	$(INTEROP)/bin/python $(PIP) --requirement $<
	@touch $@

clean: ## Remove the environments and caches; data and models stay
	rm -rf .venv .venv-lowest $(INTEROP) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
