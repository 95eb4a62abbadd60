# What operators and developers run; `make` alone lists it. The work is done by scripts/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench pictures setup lock clean

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## set up everything, then serve the demo town until Ctrl-C (LAN=1: to the local network, over HTTPS)
	@scripts/setup demo && $(if $(LAN),GRIDTWIN_HOST=$${GRIDTWIN_HOST:-0.0.0.0} GRIDTWIN_TLS_OWN=true,) exec .venv/bin/gridtwin up --demo

test: ## set up and run every test, the browser's too
	@scripts/setup test
	@cd frontend && ../scripts/npm run --silent --if-present test
	@.venv/bin/pytest -n auto; code=$$?; [[ $$code == 1 ]] || exit $$code; \
	  echo 'Once more, one after the other, what failed beside others: what fails twice has failed.'; \
	  .venv/bin/pytest -n 0 --last-failed --last-failed-no-failures none

lint: ## check style, types and which room imports which
	@scripts/setup lint
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	cd frontend && ../scripts/npm run --silent lint
	cd frontend && ../scripts/npm run --silent typecheck

bench: ## measure what the README claims, each figure beside its physical limit (make bench tiles: only that)
	@scripts/setup bench
	@.venv/bin/python -m benchmarks $(named)
ifeq (bench,$(firstword $(MAKECMDGOALS)))
named := $(filter-out bench,$(MAKECMDGOALS))
.PHONY: $(named)
$(named): ; @:
endif

pictures: ## take the pictures of the documentation anew: a real service, a real browser
	@scripts/setup test
	@.venv/bin/python -m pictures

setup: ## install what the service needs, and only what is missing
	@scripts/setup demo

lock: ## renew the locks from pyproject.toml
	@scripts/lock

clean: ## remove what was installed and built here; never data
	rm -rf .venv .setup frontend/node_modules frontend/dist
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
