# `make help` lists the targets. Everything is installed into .venv; a stamp file a step lets the
# second call skip what is done, and a changed pin redoes the steps from there on.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# Where pip looks for torch; empty: where it looks for everything.
TORCH_INDEX ?=
# Tests and notebooks run in so many processes at once, one thread each.
JOBS ?= $(shell $(PYTHON) -c "import os; print(min(os.cpu_count() or 1, 4))")
# The leaderboard's folder and its two domains; empty: the known data set, both directions. With
# GPT=1 also a small GPT that is taught by the histories (hours).
DATA ?=
SOURCE ?=
TARGET ?=
GPT ?=
# The python of an environment with other systems (cornac), which join the leaderboard.
PEERS ?=
# So many hostile inputs are tried by `make fuzz`.
INPUTS ?= 1000000
# The table of `make bench` becomes the record that the book shows.
WRITE ?=

VENV := .venv
PY := $(VENV)/bin/python
DONE := $(VENV)/done
PIP := $(PY) -m pip install --disable-pip-version-check --quiet
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

##@ For readers

.PHONY: book
book: $(DONE)/checkout ## run the notebooks and build the book into book/_build/html
	$(PY) book/frontend.py
	$(PY) book/build.py --jobs $(JOBS)

.PHONY: pdf
pdf: book $(VENV)/chromium-path ## the book on paper: book/_build/xdrec.pdf
	CHROMIUM="$$(cat $(VENV)/chromium-path)" $(PY) book/pdf.py

.PHONY: slides
slides: book ## a deck a chapter, for a lecture room with no network: book/_build/slides/index.html
	$(PY) book/slides.py

.PHONY: site
site: pdf slides ## what is published, pages, paper and slides: book/_build/site
	$(PY) book/publish.py

.PHONY: lab
lab: $(DONE)/checkout ## open JupyterLab on the first notebook
	$(PY) -m jupyterlab --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: leaderboard
leaderboard: $(DONE)/checkout ## the benchmark's table, printed and as JSON [DATA=folder SOURCE=a TARGET=b GPT=1 PEERS=python]
	$(PY) -m benchmarks.leaderboard --keep --jobs $(JOBS) $(if $(DATA),--data "$(DATA)") $(if $(SOURCE),--source "$(SOURCE)") $(if $(TARGET),--target "$(TARGET)") $(if $(GPT),--gpt) $(if $(PEERS),--peers "$(PEERS)")

.PHONY: leaderboard-deep
leaderboard-deep: $(DONE)/checkout ## the deep rows trained anew, and their records: hours, needs XDREC_DATA
	$(PY) -m benchmarks.deep_transfer
	$(PY) -m benchmarks.records --gpt

.PHONY: bench
bench: $(DONE)/checkout ## our speed beside others', as ratios [WRITE=1 keeps the table for the book]
	$(PY) -m benchmarks.bench $(if $(WRITE),--write)

##@ For contributors

.PHONY: test
test: ## everything that must hold: style, types, tests, notebooks, book, browser
# Quick things first.
	$(MAKE) lint
	$(MAKE) unit
	$(MAKE) notebooks
	$(MAKE) browser
# The notebooks have run twice by now: live, and for the book's pages.
	$(PY) scripts/two_runs.py

.PHONY: unit
unit: $(DONE)/checkout ## the tests that need no browser, and the examples in the docstrings
	OMP_NUM_THREADS=1 $(PY) -m pytest --ignore=tests/browser --numprocesses=$(JOBS) --dist=loadfile

.PHONY: notebooks
notebooks: $(DONE)/checkout ## every notebook from top to bottom, its widgets live
	OMP_NUM_THREADS=1 POLARS_MAX_THREADS=1 $(PY) scripts/notebooks.py --jobs $(JOBS)

.PHONY: browser
browser: book $(VENV)/chromium-path ## the built book in Chromium
	CHROMIUM="$$(cat $(VENV)/chromium-path)" $(PY) -m pytest tests/browser --numprocesses=$(JOBS) --dist=loadfile

.PHONY: test-long
test-long: book $(VENV)/chromium-path ## the full numbers of the bars, on real data
	CHROMIUM="$$(cat $(VENV)/chromium-path)" $(PY) -m pytest -m long

.PHONY: fuzz
fuzz: $(DONE)/checkout ## hostile inputs by the million, to every entry [INPUTS=1000000]
	OMP_NUM_THREADS=1 $(PY) -m scripts.fuzz --inputs $(INPUTS)

.PHONY: test-gpu
test-gpu: $(DONE)/checkout ## run every notebook on CUDA; fails where there is none
	XDREC_DEVICE=cuda $(PY) scripts/notebooks.py

.PHONY: links
links: book ## the book's links to elsewhere: prints the broken ones (asks the web; no test does)
	$(PY) book/links.py

.PHONY: audit
audit: $(VENV)/audit ## which pins are known to be vulnerable; part of no other command, asks the web
	$</bin/python -m pip_audit --disable-pip --no-deps --requirement requirements/pins.txt --requirement requirements/torch.txt

.PHONY: lint
lint: $(DONE)/checkout ## style and types, nothing changed
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(if $(NOTEBOOKS),$(VENV)/bin/nbstripout --keep-id --verify $(NOTEBOOKS))
	$(PY) -m mypy

.PHONY: format
format: $(DONE)/checkout ## mend what lint complains of, as far as a machine can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(if $(NOTEBOOKS),$(VENV)/bin/nbstripout --keep-id $(NOTEBOOKS))

.PHONY: records
records: $(DONE)/checkout ## run what is long or needs XDREC_DATA, rewrite the committed figures
	$(PY) -m benchmarks.records
	$(PY) -m benchmarks.pretraining
	$(PY) -m benchmarks.encoder_factors
	$(PY) -m benchmarks.crossmodal
	$(PY) -m benchmarks.other_modalities
	$(if $(XDREC_DATA),$(PY) -m benchmarks.posters)
	$(if $(XDREC_DATA),$(PY) -m benchmarks.poster_lists)
	$(PY) -m benchmarks.sequence
	$(PY) -m benchmarks.probability
	$(PY) -m benchmarks.fusion
	$(PY) -m benchmarks.lambda_path
	$(PY) -m benchmarks.gap
	$(PY) -m benchmarks.strategies
	$(PY) -m benchmarks.sparsity
	$(PY) -m benchmarks.worlds
	$(PY) -m benchmarks.stream
	$(PY) -m benchmarks.cost
	$(PY) -m benchmarks.ranks --write
	$(if $(XDREC_DATA),$(PY) -m benchmarks.deep_transfer)

.PHONY: growth
growth: $(DONE)/checkout ## how time and memory grow, and three large runs: half a CPU hour, 16 GB
	OMP_NUM_THREADS=1 $(PY) -m benchmarks.growth --write
	OMP_NUM_THREADS=2 $(PY) -m benchmarks.big_table --write
	OMP_NUM_THREADS=2 $(PY) -m benchmarks.ten_million --alone --write
	OMP_NUM_THREADS=2 $(PY) -m benchmarks.million_items --write

##@ House-keeping

.PHONY: setup
setup: $(DONE)/checkout ## install everything into .venv (every other target does so by itself)

.PHONY: clean
clean: ## remove what was built, .venv included
	rm -rf $(VENV) build dist *.egg-info book/_build book/_vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Steps of the set-up, in order. None is phony: each leaves its stamp when it went through.

$(DONE)/venv:
	$(PYTHON) scripts/make_venv.py $(VENV)
	mkdir -p $(DONE)
	touch $@

# torch first and alone: whatever comes later finds it there and brings no other build of it.
$(DONE)/torch: requirements/torch.txt $(DONE)/venv
	@echo "installing torch"
	$(PIP) $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") --requirement requirements/torch.txt
	touch $@

$(DONE)/packages: requirements/lock.txt $(DONE)/torch
	@echo "installing the pinned packages"
	$(PIP) --no-deps --require-hashes --requirement requirements/lock.txt
	touch $@

$(DONE)/checkout: pyproject.toml $(DONE)/packages
	$(PIP) --no-deps --no-build-isolation --editable .
	$(PY) -m pip check
	touch $@

# In an environment of its own: what looks after the pins is none of them.
$(VENV)/audit: $(DONE)/venv
	$(PYTHON) scripts/make_venv.py $@.part
	$@.part/bin/python -m pip install --disable-pip-version-check --quiet pip-audit==2.10.1
	mv $@.part $@

$(VENV)/chromium-path: scripts/chromium.py $(DONE)/checkout
	$(PY) scripts/chromium.py > $@.part
	mv $@.part $@
