# The commands of this project. `make help` lists them.
# Everything is installed into .venv from locks with hashes; nothing outside this folder is touched.

SHELL := /bin/bash
PYTHON ?= python3
# test processes; each that needs a Samba starts its own
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
# --no-compile: msgraph-sdk alone is 16,741 modules, of which a process imports a few dozen
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check
# compiled modules make each later start faster
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check lint types direction bench proof gallery words lock clean
help:  ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(VENV)/run-ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "dirsync-triage needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what the bot needs (once, about half a minute) …"
	@$(PIP_INSTALL) --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev-ready: requirements-dev.txt $(VENV)/run-ready pyproject.toml
	@echo "installing what the tests need (once) …"
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/run-ready  ## start the lab (an AD, an Entra, a Slack, a Contoso) and the bot; prints the address
	@exec $(BIN)/python -m bot demo

check: lint types direction  ## lint, types, direction of imports

lint: $(VENV)/dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev-ready
	$(BIN)/mypy

direction: $(VENV)/dev-ready
	$(BIN)/lint-imports --no-cache

test: $(VENV)/dev-ready  ## every test, on real servers; unit and fundamentals on Python 3.12 and 3.13 too
	tests/other_pythons
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

bench: $(VENV)/dev-ready  ## measure, on this machine
	$(BIN)/python -m tests.bench

proof: $(VENV)/dev-ready  ## the long runs, by hand: 1,000 directories of 200 objects, 20,400 cards; about an hour
	$(BIN)/python -m tests.directories --write
	DIRSYNC_TEST_SIZE=50 $(BIN)/python -m pytest -n $(WORKERS) tests/unit/slack/test_every_card.py --timeout=3600

gallery: $(VENV)/dev-ready  ## a picture of every card, dialog and answer: gallery/index.html
	$(BIN)/python -m tests.gallery

words: $(VENV)/dev-ready  ## bring the Norwegian and Estonian catalogues up to date with the code
	$(BIN)/python -m tests.words

lock:  ## write requirements.txt and requirements-dev.txt anew
	.ci/lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
