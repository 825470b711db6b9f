# Two commands do everything: `make build` and `make test`. `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
DATABASE := $(or $(BANKMART_DB),bankmart.duckdb)
# make build AS_OF=2015-12-31: the day every figure speaks of.
SETTINGS = --vars '{$(if $(AS_OF),as_of_date: "$(AS_OF)"$(COMMA) )$(if $(TRAIN),segmentation_train: true)}'
COMMA := ,
# The demo bank is built apart for the tests, so that a bank of your own is never touched.
TEST_DATABASE := target/test/bankmart.duckdb
TEST_SETTINGS := BANKMART_DB=$(TEST_DATABASE) BANKMART_EXTRACTS= BANKMART_POLICY= DBT_TARGET_PATH=target
# Options of a benchmark, as in make benchmark-contribution BENCHMARK='--repeat 3'.
BENCHMARK :=
# Options of the workbook, as in make export EXPORT='--mart ftp_bridge'.
EXPORT :=
# What a metric is asked by, as in make metric QUERY='--metrics contribution --group-by customer__tier_code'.
QUERY :=
# Left alone, mf asks PyPI at every call whether it is the newest; nobody is at this address.
MF := https_proxy=http://127.0.0.1:9 $(BIN)/mf
# Superset lives apart: it wants older libraries than dbt.
SUPERSET := .venv-superset
PORT := 8088
# What make price hands on. Only from the command line: a terminal has a TERM of its own.
PRICE := rate term amount customer start currency product guarantee channel size repayment pd lgd instead-of
upper = $(shell echo $(1) | tr a-z- A-Z_)
option = $(if $(filter command,$(origin $(call upper,$(1)))),--$(1) "$($(call upper,$(1)))")
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.DEFAULT_GOAL := build
.PHONY: build train price metric dashboard superset superset-bundle superset-test export test lint dbt-test python-test test-slow demo-bank benchmark-contribution benchmark-segmentation dashboard-picture clean help

build: $(VENV)/.installed ## install, build the warehouse and its tests, publish it, write the docs
	@mkdir -p "$(dir $(DATABASE))"
	@for file in seeds/policy/*.csv; do \
		test -f "$${BANKMART_POLICY:-seeds/policy}/$${file##*/}" || { \
			echo "$$BANKMART_POLICY/$${file##*/}: the file is missing. Copy it from seeds/policy"; exit 2; }; \
	done
	@$(BIN)/python tools/publish.py --check-key
	@$(BIN)/dbt build $(SETTINGS) || { \
		code=$$?; echo "The build did not pass: published/ stays as it was"; exit $$code; }
	$(BIN)/python tools/publish.py "$(DATABASE)" published/bankmart.duckdb
	$(BIN)/python -m dashboard published/bankmart.duckdb published/dashboard.html
	$(BIN)/dbt --quiet docs generate --static
	@cp target/static_index.html published/docs.html.new
	@mv published/docs.html.new published/docs.html
	@DBT_COLIBRI_NO_VERSION_CHECK=1 $(BIN)/colibri generate --disable-telemetry --output-dir target/lineage \
		> target/lineage.log 2>&1 || { cat target/lineage.log; exit 2; }
	@cp target/lineage/index.html published/lineage.html.new
	@mv published/lineage.html.new published/lineage.html
	@$(BIN)/python tools/summary.py "$(DATABASE)"

price: $(VENV)/.installed ## what a loan would earn: make price RATE=6.9 TERM=284 AMOUNT=5466000 CUSTOMER=C00012
	@$(BIN)/python tools/price.py "$(DATABASE)" $(foreach name,$(PRICE),$(call option,$(name)))

metric: $(VENV)/.installed-dev ## the metrics there are, or the one of QUERY='--metrics contribution --group-by customer__tier_code'
	@test -f "$(DATABASE)" || { echo "$(DATABASE): no such database. Run make build first"; exit 2; }
	@$(BIN)/dbt --quiet parse --target-path target
	@$(MF) $(if $(QUERY),query --decimals 4 $(QUERY),list metrics --show-all-dimensions)

train: TRAIN := true
train: build ## build, and learn the segments anew instead of scoring by what was learned before

dashboard: $(VENV)/.installed ## write the managers' page from the published copy and open it
	@test -f published/bankmart.duckdb || $(MAKE) build
	$(BIN)/python -m dashboard published/bankmart.duckdb published/dashboard.html --open

superset: $(SUPERSET)/.installed ## Superset on this machine with the dashboard over the published copy; PORT=8088
	@test -f published/bankmart.duckdb || $(MAKE) build
	@$(SUPERSET)/bin/python dashboard/superset/serve.py published/bankmart.duckdb $(PORT)

superset-bundle: $(VENV)/.installed ## published/superset.zip, the same dashboard to import into a Superset of your own
	@$(BIN)/python dashboard/superset/bundle.py published/bankmart.duckdb published/superset.zip

superset-test: $(SUPERSET)/.installed $(VENV)/.installed-dev ## Superset opens the copy and chromium looks at every chart
	@command -v chromium >/dev/null || { \
		echo "make superset-test: chromium is missing. Install it, as in apt-get install chromium fonts-noto-cjk"; exit 2; }
	@test -f published/bankmart.duckdb || $(MAKE) build
	BANKMART_SUPERSET=$(SUPERSET)/bin/python $(BIN)/python -m pytest tests/superset -n 0 -s

dashboard-picture: $(VENV)/.installed-dev ## take the README's picture of the dashboard again
	$(BIN)/python -m dashboard.picture published/dashboard.html dashboard/overview.png

export: $(VENV)/.installed ## the published copy as an Excel workbook; EXPORT='--mart NAME' for a large mart
	@$(BIN)/python tools/export.py published/bankmart.duckdb published/bankmart.xlsx $(EXPORT)

test: lint dbt-test python-test ## lint, every dbt test on the demo bank, pytest

lint: $(VENV)/.installed-dev ## ruff and sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --processes 2 models tests/reconciliation

dbt-test: $(VENV)/.installed-dev ## the demo bank with every dbt data and unit test; the metrics are valid
	mkdir -p $(dir $(TEST_DATABASE))
	rm -f $(TEST_DATABASE) # tests look at a first build, without the history and trainings of other code
	$(TEST_SETTINGS) $(BIN)/dbt build --no-partial-parse
	@echo "mf validate-configs: the metrics against the demo bank"
	@$(TEST_SETTINGS) $(MF) validate-configs > target/metrics.log 2>&1 || { cat target/metrics.log; exit 1; }

python-test: $(VENV)/.installed-dev ## pytest: algorithms, the door, whole banks
	BANKMART_TEST_DATABASE=$(TEST_DATABASE) $(BIN)/python -m pytest

test-slow: $(VENV)/.installed-dev ## what takes too long for every change: extremes, random banks, another thread count
	$(BIN)/python -m pytest -m slow

demo-bank: $(VENV)/.installed ## make the synthetic demo bank's extracts again
	$(BIN)/python demo_bank/generate.py

benchmark-contribution: $(VENV)/.installed-benchmark ## contribution of 20 million balance rows beside polars, pandas and plain SQL
	$(BIN)/python -m benchmarks.contribution.run --report target/benchmark-contribution.md $(BENCHMARK)

benchmark-segmentation: $(VENV)/.installed-benchmark ## segmentation of 10 million loans beside scikit-learn and MiniSom
	$(BIN)/python -m benchmarks.segmentation.run --report target/benchmark-segmentation.md $(BENCHMARK)

clean: ## remove everything the other commands made
	rm -rf $(VENV) $(SUPERSET) target logs published bankmart.duckdb bankmart.duckdb.wal

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /: /'

# Bytecode is compiled once here: some machines forbid writing it at run time, and then every
# dbt command would start seconds slower.
$(VENV)/.installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m compileall -q $(VENV)/lib || true
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m compileall -q $(VENV)/lib || true
	touch $@

$(VENV)/.installed-benchmark: $(VENV)/.installed benchmarks/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check -r benchmarks/requirements.txt
	touch $@

$(SUPERSET)/.installed: dashboard/superset/requirements.txt dashboard/superset/constraints.txt
	test -x $(SUPERSET)/bin/python || $(PYTHON) -m venv $(SUPERSET)
	$(SUPERSET)/bin/python -m pip install --disable-pip-version-check -r dashboard/superset/requirements.txt
	$(SUPERSET)/bin/python -m compileall -q $(SUPERSET)/lib || true
	touch $@
