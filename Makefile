# `make test` installs everything it needs into .venv and runs checks and tests.
# The system's Python, where it can be used: distributions build it with optimisation, and so it runs a third faster
# than one that was compiled by hand. `make PYTHON=…` takes another.
USABLE := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach each,/usr/bin/python3 python3,$(shell $(each) -c '$(USABLE)' 2>/dev/null && echo $(each))) python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

RUNTIME := $(VENV)/runtime
TEMPLATES = $(shell find templates -name '*.html')

.PHONY: install test faults check bench lock clean demo demo-codes demo-reset prepare format

install: $(STAMP)

# A login server and two nodes on this computer; only what PeerNet runs on is installed.
demo: $(RUNTIME)
	@$(BIN)/python manage.py demo

demo-codes: $(RUNTIME)
	@$(BIN)/python manage.py demo --codes

demo-reset: $(RUNTIME)
	@$(BIN)/python manage.py demo --reset

# A browser, PostgreSQL and Redis come from the system's packages where they may be installed.
test: prepare check
	$(BIN)/python -m pytest -n 2 $(TOGETHER) $(PROCESSES:%=--ignore=%)
	$(BIN)/python -m pytest -n 2 $(TOGETHER) $(PROCESSES)

# Two at a time: most of what real processes do is to start, and to wait. A file's tests stay together, and share
# their town.
TOGETHER := --dist loadfile
# Apart from the rest: Playwright's loop, while a browser is open, is everybody's in its process.
PROCESSES := tests/browser tests/journeys tests/faults

prepare:
	@tests/prepare.sh

# The whole fault rig: 100 kills at each place, 10,000 messages, 5,000 mutated files, 1 GiB over kills.
# FAULTS_KILLS=10 and the like make it shorter.
faults: $(STAMP)
	FAULTS=whole $(BIN)/python -m pytest tests/faults tests/files/test_hostile.py tests/journeys/test_files.py

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --target-version 5.2 --check $(TEMPLATES)
	$(BIN)/mypy
	@$(BIN)/python -m tests.audit

# Brings code and templates into the one layout that `make check` asks for.
format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES)

# Speed and size, measured with real processes: all, `ONLY=message,drain`, or quickly with `SHORT=1`.
bench: $(STAMP)
	@$(BIN)/python -m bench

PIP := $(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes

$(RUNTIME): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt
	touch $@

$(STAMP): $(RUNTIME) requirements-dev.txt requirements-scale.txt
	$(PIP) -r requirements.txt -r requirements-dev.txt -r requirements-scale.txt
	touch $@

lock: $(STAMP)
	for set in requirements requirements-dev requirements-scale; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make lock" $$set.in -o $$set.txt || exit 1; done

clean:
	rm -rf $(VENV) build
