# `make quickstart`: three plans from a fresh clone. `make test`: the whole suite. Both set up .venv first.

VENV ?= .venv
BIN := $(VENV)/bin
# the first of these that is a Python qopt runs on
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$python && break; done)

MINUTES ?= 1
SEED ?= $(shell date +%s)
COUNT ?= 200
JOBS ?= 1
# tests at a time
WORKERS ?= 2

.PHONY: quickstart test soak mutants check format notebooks benchmark clean

quickstart: $(VENV)/installed
	$(BIN)/qopt run configs/quickstart.yaml

test: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

# random models, plans, files and kills, for so many MINUTES; what fails is saved in runs/soak
soak: $(VENV)/installed
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --seed $(SEED)

# small faults planted one at a time, COUNT of them drawn by SEED: do the tests of the same room notice?
# ROOM="batch workers" plants them in these rooms only
mutants: $(VENV)/mutants
	$(BIN)/python -m tests.mutants --count $(COUNT) --seed $(SEED) --jobs $(JOBS) $(ROOM:%=--room %)

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# the .py beside each notebook is its source; outputs are never kept
notebooks: $(VENV)/installed
	$(BIN)/jupytext --update --to ipynb notebooks/*.py

benchmark: $(VENV)/installed
	$(BIN)/python -m tests.benchmarks.spin_updates

$(VENV)/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "qopt needs Python 3.11, 3.12 or 3.13: install one, or name it as in 'make PYTHON=python3.12'"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[baselines,notebook,test]'
	@touch $@

$(VENV)/mutants: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[mutants]'
	@touch $@

clean:
	rm -rf $(VENV) build dist runs
