# Every target sets up what it needs in .venv; all it takes is python3 >= 3.11 with venv.
.PHONY: setup setup-all demo test test-slow check bench fuzz format clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_SECONDS ?= 600
INPUTS := pyproject.toml constraints.txt

setup: $(VENV)/.core
setup-all: $(VENV)/.all

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("leakguard needs Python 3.11 or newer; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(VENV)/.core: $(BIN)/python $(INPUTS)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.all: $(BIN)/python $(INPUTS)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]' --group test --group lint
	@touch $@ $(VENV)/.core

$(VENV)/.bench: $(VENV)/.all
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	@touch $@

$(VENV)/.fuzz-tools: $(VENV)/.all
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group fuzz
	@touch $@

demo: $(VENV)/.core
	@$(BIN)/python examples/demo.py

test: $(VENV)/.all
	$(BIN)/python -m pytest -m 'not slow'

test-slow: $(VENV)/.all
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/scan.py

fuzz: $(VENV)/.fuzz-tools
	$(BIN)/python tests/fuzzing/drive.py reader $(FUZZ_SECONDS)
	$(BIN)/python tests/fuzzing/drive.py folding $(FUZZ_SECONDS)

format: $(VENV)/.all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) dist .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis
