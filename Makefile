# Every target installs what it needs into .venv; it requires python3 >= 3.11 with venv.
.PHONY: setup setup-all demo docs release release-check experiment mitigate test coverage test-elsewhere test-slow test-browser check bench quality fuzz format clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_SECONDS ?= 600
# make test COVERAGE=--cov measures coverage in a part of the tests (tests/conftest.py says which), and takes longer.
COVERAGE ?=
# One worker more than there are cores, because a test waits for programs and servers in a quarter of its time. A worker gets neighbouring
# tests, which share fixtures, and takes some from another one when its own are done.
WORKERS = $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 1) + 1, 8))')
SUITE_RUN = $(BIN)/python -m pytest -m 'not slow and not browser' --numprocesses $(WORKERS) --dist worksteal
INPUTS := pyproject.toml constraints.txt
# In a terminal pip shows what it fetches; elsewhere only what each step is.
PIP = $(BIN)/python -m pip install --constraint constraints.txt $(shell test -t 2 || echo --quiet)

setup: $(VENV)/.core
setup-all: $(VENV)/.all

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("leakguard needs Python 3.11 or newer; try make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@echo "Updating pip in it ..."
	@$(BIN)/python -m pip install $(shell test -t 2 || echo --quiet) --upgrade 'pip>=25.1'

$(VENV)/.core: $(BIN)/python $(INPUTS)
	@echo "Installing leakguard and the 15 packages that it needs into $(VENV): about 150 MB on disk, about 15 seconds ..."
	@$(PIP) --editable .
	@echo "Compiling leakguard ..."
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.all: $(BIN)/python $(INPUTS)
	@echo "Installing leakguard with all extras and the tools of the tests into $(VENV): PyTorch, transformers and about 110 other"
	@echo "packages, about 2 GB on disk, three minutes or more ..."
	@$(PIP) --editable '.[all]' --group test --group stores --group lint
	@echo "Compiling leakguard ..."
	@$(BIN)/python -m compileall -q src
	@touch $@ $(VENV)/.core

$(VENV)/.bench: $(VENV)/.all
	@echo "Installing the other tools of the benchmark (presidio, detect-secrets, ripgrep) into $(VENV) ..."
	@$(PIP) --group bench
	@touch $@

$(VENV)/.browser: $(VENV)/.all
	@echo "Installing Playwright, which drives a browser into $(VENV) ..."
	@$(PIP) --group browser
	@touch $@

$(VENV)/.docs: $(VENV)/.core
	@echo "Installing zensical, which builds the site of the documentation, into $(VENV) ..."
	@$(PIP) --group docs
	@touch $@

$(VENV)/.fuzz-tools: $(VENV)/.all
	@echo "Installing the fuzzer atheris into $(VENV) ..."
	@$(PIP) --group fuzz
	@touch $@

demo: $(VENV)/.core
	@$(BIN)/python examples/demo.py

experiment: $(VENV)/.all
	$(BIN)/leakguard experiment run examples/experiments/owl.toml

# A trait that a filter does not stop is stopped by a mitigation, proven by training, and a gate requires the proof. 208 s of processor time.
mitigate: $(VENV)/.all
	$(BIN)/python examples/mitigate.py

# On every core, with at most eight processes.
test: $(VENV)/.all
	$(SUITE_RUN) $(COVERAGE)

# The same with every test measured, and a list of the lines and branches that no test reaches. Takes 1.6 to 1.8 times as long as the suite.
coverage: $(VENV)/.all
	$(SUITE_RUN) --cov --cov-report=term-missing:skip-covered --measure-all

# The tests of the command line and the reports, from a folder with a long name and spaces, in a terminal of 120 columns.
test-elsewhere: $(VENV)/.all
	.ci/elsewhere

test-slow: $(VENV)/.all
	$(BIN)/python -m pytest -m slow

# The HTML report in a real browser. Chromium is the system's own; as root on a Debian machine it is installed if there is none.
test-browser: $(VENV)/.browser
	@for name in chromium chromium-browser google-chrome chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium with apt-get: about 400 MB ..."; apt-get -qq update && apt-get -qq -y install --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else \
		echo "no Chromium here: install it (Debian: apt-get install chromium), then make test-browser"; exit 1; \
	fi
	$(BIN)/python -m pytest -m browser

check: $(VENV)/.all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/scan.py
	$(BIN)/python benchmarks/speed.py

fuzz: $(VENV)/.fuzz-tools
	$(BIN)/python tests/fuzzing/drive.py reader $(FUZZ_SECONDS)
	$(BIN)/python tests/fuzzing/drive.py folding $(FUZZ_SECONDS)

# Accuracy of trait detection on a labelled suite: make quality SUITE=FILE
quality: $(VENV)/.all
	$(BIN)/python benchmarks/quality.py $(SUITE)

# The parts of the pages that are made from the source (commands, options, rules, modules) are written anew, the links and the navigation
# are checked, and the site is built into site/ and checked too: no dead link, nothing that is loaded from another server.
docs: $(VENV)/.docs
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/check.py
	$(BIN)/zensical build --clean --strict
	$(BIN)/python docs/check.py site

# What is published, in dist/: source distribution, wheel, bill of materials (CycloneDX) and SHA256SUMS. Two runs give the same bytes.
release: $(VENV)/.all
	rm -rf dist
	$(BIN)/python .ci/release.py dist

# The wheel from dist/, with its dependencies from the package index, in an environment that holds nothing else, and in one with all extras.
release-check: release
	.ci/release-check dist/*.whl

format: $(VENV)/.all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) dist site .cache .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
