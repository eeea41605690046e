# Every target works on a fresh clone; the virtual environment is made once.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup fmt check test demo

$(BIN)/pytest: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -e '.[dev]'
	touch $@

setup: $(BIN)/pytest

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: setup
	$(BIN)/pytest -n 2 --dist loadfile

demo: setup
	$(BIN)/nlcl-bench demo
