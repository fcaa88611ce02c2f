# Two commands: `make book` and `make test`. Both start from nothing but Python 3.11+ and make,
# go through the locked environment in .venv, say what they do and how long it took, and are
# quick the second time.

PYTHON  ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo $$p && break; done)
PROFILE ?= laptop
ARGS    ?=
STORE   ?=
BIN     := .venv/bin
STAMP   := .venv/.locked
SHELL   := bash
.DEFAULT_GOAL := help
.PHONY: help plan book test look faults bench bench-book slurm venv lint lock clean archive

# $(call timed,what,command): announce, run, tell the time taken.
timed = @echo "==> $(1)"; start=$$SECONDS; { $(2); } && echo "==> $(1): done in $$((SECONDS - start)) s"

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP) ## the locked environment in .venv

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 on PATH; install one, or name it: make venv PYTHON=/path/to/python" >&2; exit 2; }
	$(call timed,install the locked environment into .venv (about two minutes; needs the package index),\
	  { test -x $(BIN)/python || $(PYTHON) -m venv .venv; } && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . && touch $@)

plan:
	@echo "==> make book, profile $(PROFILE): installs the locked environment (once, about two minutes), trains what is missing, executes the notebooks, builds the book, prints the claims"

book: plan $(STAMP) ## train what is missing, run every section with PROFILE (default laptop), build the book, print the claims
	$(call timed,run the sections (profile $(PROFILE)),$(BIN)/artifact run --profile $(PROFILE) $(ARGS))
	$(call timed,build the book,$(BIN)/artifact book --claims)
	@printf '%s\n' "" "The book is at $(CURDIR)/_build/html/index.html. What to try next:" \
	  "  make book                                   again: it does only what changed, and says why" \
	  "  $(BIN)/artifact run --section step_evaluation -p model=Llama-3.2-1B-Instruct && $(BIN)/artifact book" \
	  "  $(BIN)/artifact verify --quick           every number of the claims beside the shipped one (minutes)" \
	  "  make book PROFILE=full                      four kinds of trace, more problems (an hour on two cores)" \
	  "  make test; README.md; book/rerun.md"

lint: $(STAMP) ## ruff, mypy, and notebooks without outputs
	$(call timed,ruff and mypy,$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/nbstripout --verify notebooks/*.ipynb)

test: lint ## ruff, mypy and the tests
	$(call timed,tests,$(BIN)/python -m pytest -n 2 $(ARGS))

look: $(STAMP) ## every page of the built book in a browser: accessibility, console, requests, links
	$(call timed,look at every page in a browser,$(BIN)/python -m tests.book.look)

bench: $(STAMP) ## speed and memory against the libraries' defaults (minutes; leave the machine alone)
	$(call timed,benchmarks,$(BIN)/python benchmarks/sft_speed.py $(ARGS))

faults: $(STAMP) ## generated faults by the hundred, kills, hostile requests (an hour or two; the tests try a few of each; STORE=1 keeps the counts for the book)
	$(call timed,600 command lines and 600 damages of each kind of file,FAULTS=600 FAULTS_STORE=$(STORE) $(BIN)/python -m pytest -n 0 tests/test_faults.py tests/study/collection/test_database.py $(ARGS))
	$(call timed,commands and programs that are killed,$(BIN)/python -m pytest -n 0 tests/workflow/test_processes.py tests/workflow/test_lock.py)
	$(call timed,the server of a study killed with 200 people at work,$(BIN)/python benchmarks/study_kill.py --participants 200 --kills 8 --seed 2 $(if $(STORE),--store))
	$(call timed,the server of a study under hostile requests,$(BIN)/python benchmarks/study_hostile.py --every 1 --slow 10 $(if $(STORE),--store))
	$(call timed,the book killed thirty times on its way,$(BIN)/python benchmarks/book_kill.py --kills 30 $(if $(STORE),--store))

bench-book: $(STAMP) ## what the book costs from a fresh clone (as long as `make book`; ARGS=--avx2)
	$(call timed,the book from a fresh clone,$(BIN)/python benchmarks/book_cost.py $(ARGS))

slurm: $(STAMP) ## trainings on a one-node Slurm that is started here, disturbed, against the same without (root; slurm-wlm, munge)
	$(call timed,trainings on Slurm,$(BIN)/python benchmarks/slurm_trainings.py $(ARGS))

archive: ## the committed files as one tarball for an archive, with its checksum; the same commit gives the same bytes
	@mkdir -p _build && name=artifact-$$(git rev-parse --short=12 HEAD) && \
	  git -c tar.umask=0022 archive --format=tar --prefix=$$name/ HEAD | gzip -n -9 > _build/$$name.tar.gz && \
	  cd _build && sha256sum $$name.tar.gz | tee $$name.tar.gz.sha256 && \
	  echo "swh:1:dir:$$(git rev-parse HEAD^{tree})  the SWHID of its content" && \
	  echo "swh:1:rev:$$(git rev-parse HEAD)  and of the commit"

lock: ## resolve pyproject.toml anew and rewrite requirements.lock
	$(call timed,resolve the lock in a fresh environment,\
	  rm -rf .make/lock && $(PYTHON) -m venv .make/lock && \
	  .make/lock/bin/python -m pip install --quiet --disable-pip-version-check 'setuptools>=69' wheel 'torch==2.13.0' '.[dev]' && \
	  { sed -n '/^#/p' requirements.lock; .make/lock/bin/python -m pip freeze --all --exclude artifact --exclude pip | sed 's/+cpu$$//' | LC_ALL=C sort -f; } > .make/requirements.lock && \
	  mv .make/requirements.lock requirements.lock)

clean: ## remove what was made (results, executed notebooks, book); keep .venv, data and runs
	rm -rf _build results book/sections .snakemake
