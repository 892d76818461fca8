# `make test` installs everything it needs into .venv and runs checks and tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: install test check lock clean

install: $(STAMP)

test: check
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(STAMP): requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
		-r requirements.txt -r requirements-dev.txt
	touch $@

lock: $(STAMP)
	for set in requirements requirements-dev requirements-scale; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make lock" $$set.in -o $$set.txt || exit 1; done

clean:
	rm -rf $(VENV) build
