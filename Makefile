# Sealpress. `make` alone lists what there is.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help install demo test lint interop bench faults fuzz pictures serve format lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The runtime's dependencies come from the lock file, hash by hash; the project itself is linked.
$(BIN)/sealpress: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q renderer signing verify service
	@touch $@

$(VENV)/.test: requirements-test.lock $(BIN)/sealpress
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-test.lock
	@touch $@

install: $(BIN)/sealpress ## set up .venv with what the program needs

demo: $(BIN)/sealpress ## issue the samples into ./demo, verify them, cancel one
	$(BIN)/python -m service.demo

test: $(VENV)/.test ## run the tests (T=path to run some of them)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(T)

interop: $(VENV)/.test ## run only the tests with programs nobody here wrote
	$(BIN)/python -m pytest -m interop $(T)

lint: $(VENV)/.test ## format check, linter, types, import directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BIN)/sealpress ## measure, with peers if installed; writes docs/performance.md
	$(BIN)/sealpress bench render --count 300 --soak 20 --load-seconds 20 --rows 1000000 \
	  $(if $(DATABASE),--database $(DATABASE)) --write docs/performance.md
	$(BIN)/sealpress bench pair --count 200

faults: $(VENV)/.test ## kill servers, workers, Redis and PostgreSQL during 2,000 issues and 500 cancels
	$(BIN)/python tests/endurance/run_faults.py --queue --postgresql

fuzz: $(VENV)/.test ## fuzz PDF, OFD and code for S seconds each (120; extra `fuzz`; finds go to build/fuzz)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	mkdir -p build/fuzz
	for kind in pdf ofd code; do \
	  $(BIN)/python tests/fuzz/fuzz_verify.py $$kind build/fuzz/$$kind -max_len=200000 \
	    -max_total_time=$(or $(S),120) -artifact_prefix=build/fuzz/ || exit 1; done

pictures: $(BIN)/sealpress ## draw the documentation's pictures anew
	$(BIN)/python docs/make_pictures.py

serve: $(BIN)/sealpress ## the HTTP service on http://127.0.0.1:8000
	$(BIN)/sealpress serve

format: $(VENV)/.test ## put every file into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

lock: $(VENV)/.test ## renew the lock files from pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --all-build-deps --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra test --constraint requirements.lock --output-file requirements-test.lock

clean: ## remove what was made here, but not var/
	rm -rf $(VENV) demo build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
