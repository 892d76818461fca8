# `make test` installs everything it needs into .venv and runs checks and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

RUNTIME := $(VENV)/runtime

.PHONY: install test faults check bench lock clean demo demo-codes demo-reset

install: $(STAMP)

# A login server and two nodes on this computer; only what PeerNet runs on is installed.
demo: $(RUNTIME)
	@$(BIN)/python manage.py demo

demo-codes: $(RUNTIME)
	@$(BIN)/python manage.py demo --codes

demo-reset: $(RUNTIME)
	@$(BIN)/python manage.py demo --reset

test: check
	$(BIN)/python -m pytest

# The whole fault rig: 100 kills at each place, 10,000 messages. FAULTS_KILLS=10 and the like make it shorter.
faults: $(STAMP)
	FAULTS=whole $(BIN)/python -m pytest tests/faults

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

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
