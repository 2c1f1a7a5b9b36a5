# Spelunker. `make run` and `make test` need nothing but Python 3.11 and this checkout.
.DEFAULT_GOAL := help
PY := .venv/bin/python
PORT ?= 8000
JOBS ?= 3

.PHONY: help setup setup-dev run test test-llm lint audit bench chaos clean assets contract openapi lock

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup:  ## virtual environment, locked packages, the built-in model
	@scripts/setup

setup-dev:
	@scripts/setup dev

run: setup  ## answer the sample questionnaire, then serve http://127.0.0.1:8000 (PORT=…)
	@exec $(PY) manage.py up --port $(PORT)

test: setup-dev  ## run all the tests
	@scripts/services
	@$(PY) -m pytest -n $(JOBS) --dist worksteal

test-llm: setup-dev  ## tests against a real small model (550 MB once, then minutes)
	@$(PY) -m tests.llm_manager.real_llm
	@$(PY) -m pytest tests/llm_manager/test_real_llm.py -n 0

lint: setup-dev  ## ruff, mypy, import directions, migrations, templates
	@scripts/lint

audit: setup-dev  ## ask the advisories of the day about the locked packages (needs a network)
	@$(PY) -m pip_audit --strict --require-hashes --disable-pip -r requirements.txt

bench: setup-dev  ## measure against peers and limits (minutes)
	@scripts/bench

chaos: setup-dev  ## kill everything, over and over (40 minutes; CHAOS_QUICK=1: 3)
	@scripts/services
	@$(PY) -m tests.chaos

contract:  ## rebuild docs/task-contract.md from the statements and their tests
	@$(PY) -m tests.contract.catalogue

openapi:  ## rebuild docs/api/openapi.json from the endpoints
	@$(PY) manage.py openapi

assets:  ## rebuild static/ from assets/ (needs npm)
	@cd assets && npm ci --silent && npm run build

lock:  ## pin requirements*.in with hashes (needs uv)
	@uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url requirements.in -o requirements.txt
	@uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean:  ## remove everything that was made here (var/ holds your data: it stays)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
