# `make demo` runs everything on this machine, `make test` runs the tests. Each makes .venv first, from pinned packages.
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test coverage lint screenshots clean

demo: $(VENV)/runtime
	$(BIN)/fundsite demo --port $(PORT)

test: $(VENV)/dev lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# Runs every test once more, measured by branches. Fails where a line or branch of what moves money is not tested:
# such a line is tested or taken out, never excused. ARGS narrows the tests, as for `make test`.
MONEY := fundsite/pledges/**,fundsite/payments/*
coverage: $(VENV)/dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage report --include="$(MONEY)" --fail-under=100

lint: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates

screenshots: $(VENV)/dev
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) fundsite-demo build dist .coverage* .pytest_cache .mypy_cache .ruff_cache

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/runtime: $(VENV)/python requirements/runtime.txt pyproject.toml
	$(INSTALL) --require-hashes -r requirements/runtime.txt
	$(INSTALL) --no-deps --editable .
	touch $@

$(VENV)/dev: $(VENV)/runtime requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	touch $@
