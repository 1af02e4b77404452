# The commands of the house. They need Python 3.11 or newer, and nothing else that is running.

VENV ?= .venv
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null \
	&& echo $$python && break; done)
RUN := $(VENV)/bin/python
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
FRENCH := locale/fr/LC_MESSAGES/django.mo
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check e2e bench bench-pages bench-more screenshots messages lock clean

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(RUNTIME) $(FRENCH) ## Set up everything, run one export to the sandbox, keep serving (PORT=8000)
	@$(RUN) -m demo

test: $(DEVELOPMENT) $(FRENCH) ## Run the tests on SQLite, then those that may differ on PostgreSQL
	@TEST_DATABASE=sqlite $(RUN) -m pytest -q -n 2 --dist worksteal -m "not e2e" $(ARGS)
	@TEST_DATABASE=postgresql $(RUN) -m pytest -q -n 2 --dist worksteal -m "not e2e" $(ARGS)

check: $(DEVELOPMENT) $(FRENCH) ## Check everything else that must hold: types, style, translations, ...
	@$(RUN) -m config.checks $(ARGS)

e2e: $(DEVELOPMENT) $(FRENCH) ## Run the journeys in a real browser (needs Chromium)
	@# In one order: the journeys of a file share an installation.
	@$(RUN) -m pytest -q tests/e2e -m e2e -p no:randomly -n 2 --dist loadfile $(ARGS)

bench: $(DEVELOPMENT) $(FRENCH) ## Measure delivery, an hour and a half (ARGS="--scale 0.01" tries it)
	@$(RUN) -m benchmarks.delivery $(ARGS)

bench-pages: $(DEVELOPMENT) $(FRENCH) ## Measure every page of a large installation (ARGS="--scale 0.05" tries it)
	@$(RUN) -m benchmarks.pages $(ARGS)

bench-more: $(DEVELOPMENT) $(FRENCH) ## Measure reading, rules, encryption and worker deaths
	@$(RUN) -m benchmarks $(ARGS)

screenshots: $(DEVELOPMENT) $(FRENCH) ## Take a picture of every page into screenshots/ (needs Chromium)
	@$(RUN) -m tests.e2e.screenshots $(ARGS)

messages: $(DEVELOPMENT) ## Bring the translation files up to date with the code
	@$(RUN) -m config.translations update

lock: $(DEVELOPMENT) ## Lock the dependencies (ARGS=--upgrade for newer ones)
	@$(RUN) -m config.checks.locks write $(ARGS)

clean: ## Remove caches and what is compiled; the data (var/) and the virtual environment stay
	@rm -rf .coverage* .import_linter_cache .mypy_cache .ruff_cache htmlcov screenshots $(FRENCH)
	@find . -name __pycache__ -not -path './.*' -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Facteur needs Python 3.11 or newer. Install it, or name it:" \
			"make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@"$(PYTHON)" -m venv "$(VENV)"

$(RUNTIME): requirements.txt | $(VENV)/bin/pip
	@echo "Installing what Facteur needs"
	@$(INSTALL) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt | $(VENV)/bin/pip
	@echo "Installing what Facteur and its tests and checks need"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ $(RUNTIME)

$(FRENCH): locale/fr/LC_MESSAGES/django.po
	@$(RUN) -m config.translations compile
