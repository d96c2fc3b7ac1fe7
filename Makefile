# `make help` explains each target.
SHELL := /bin/bash
.DEFAULT_GOAL := help

GO ?= go
DATA ?= data
EXAMPLE ?= examples/orders
ROUNDS ?= 10
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PROFILE := $(CURDIR)/cmd/penstock-transformer/orders.pgo
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: web ## Build bin/penstock, with its pages if there is npm
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/penstock ./cmd/penstock

# The pages are built again when one of their files is newer. Without npm the binary serves its API alone.
.PHONY: web
ifneq ($(shell command -v npm 2>/dev/null),)
web: web/dist/index.html ## Build the pages
else
web:
	@echo "npm is missing: bin/penstock will serve its API without pages"
endif
web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.ts web/tsconfig.json $(shell find web/src web/public -type f 2>/dev/null)
	cd web && npm run build --silent

.PHONY: demo
demo: build ## Start examples/orders in a temporary folder, send 1,800 orders, show where they went, stop
	@bin/penstock demo -c $(EXAMPLE)

.PHONY: up
up: build ## Start examples/orders on ./data and stay up (EXAMPLE=... DATA=...)
	@bin/penstock up -c $(EXAMPLE) --data $(DATA)

.PHONY: test
test: build lint unit pure web-test aws-test race e2e ## Everything CI runs

# The linter's cache keeps each finding with the path of the checkout it was made in, so one cache for two checkouts
# reports lines of files that are gone. Each checkout keeps its own.
.PHONY: lint
lint: ## Formatting, vet, and the package arrows
	GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint $(GO) run $(GOLANGCI) run ./...

.PHONY: unit
unit: ## Tests of every package, with the race detector
	$(GO) test -race -timeout 20m ./internal/... ./cmd/...

.PHONY: web-test
web-test: web ## The pages' own tests, and how much of them the first page loads
	cd web && npm test --silent && npm run size --silent

.PHONY: pure
pure: transformer ## The packages the Lambda carries build without cgo, for arm64
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build ./internal/event ./internal/document ./internal/expression ./internal/spelling ./internal/contract ./internal/format \
	  ./internal/base64 ./internal/pipeline ./internal/redriven ./internal/firehose/... ./internal/lambda

# The function is the executable "bootstrap" of its zip, for the runtime provided.al2023 on arm64.
.PHONY: transformer
transformer: ## Build bin/transformer/bootstrap, the Lambda function for AWS
	@mkdir -p bin/transformer
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 $(GO) build -pgo $(PROFILE) -tags lambda.norpc -trimpath -ldflags '-s -w' -o bin/transformer/bootstrap ./cmd/penstock-transformer

# The compiler inlines what the profile shows to be called most. It is asked for here alone, because it makes every
# package be compiled once more. The bench is built with it too, so that it measures what is deployed.
.PHONY: pgo
pgo: ## Make the transformer's profile again, from a batch of orders
	cd internal/firehose && $(GO) test -run '^$$' -bench Orders -benchtime 10000x -cpu 1 -o $(CURDIR)/bin/firehose.test -cpuprofile $(PROFILE)

# sqlglot reads the SQL of two warehouses. Without python3-venv its test is skipped, and says so.
test/sql/.venv: test/sql/requirements.txt
	@if python3 -m venv $@ 2>/dev/null; then $@/bin/pip -q install -r $<; else rm -rf $@; echo "python3-venv is missing: test/sql will be skipped"; fi

# fakesnow stands in for Snowflake, likewise.
test/fakesnow/.venv: test/fakesnow/requirements.txt
	@if python3 -m venv $@ 2>/dev/null; then $@/bin/pip -q install -r $<; else rm -rf $@; echo "python3-venv is missing: the tests on fakesnow will be skipped"; fi

.PHONY: e2e
e2e: build test/sql/.venv test/fakesnow/.venv ## The real binary, driven from outside: clients, kills, power loss, outages
	cd test/compat/js && npm ci --no-audit --no-fund --loglevel=error
	cd test/browser/js && npm ci --no-audit --no-fund --loglevel=error
	$(GO) test -timeout 40m ./test/...

# Those of the end-to-end tests that are short and drive many parts at once.
RACE_TESTS := TestQueryFormats|TestE2BadEventsAreKept|TestE2RedriveTakes|TestE4TwoShards|TestE2WarehouseChildKilled

.PHONY: race
race: ## A few end-to-end tests on a binary with the race detector
	$(GO) build -race -trimpath -o bin/penstock-race ./cmd/penstock
	PENSTOCK_BINARY=$(CURDIR)/bin/penstock-race GORACE=halt_on_error=1 $(GO) test -count=1 -timeout 10m -run '$(RACE_TESTS)' ./test/e2e

.PHONY: aws
aws: transformer ## Build what `penstock aws` needs beside it: bin/penstock-aws and the transformer
	@mkdir -p bin
	cd deploy/aws && $(GO) build -trimpath -ldflags '-s -w' -o ../../bin/penstock-aws .

# What checks templates and SQL, in an environment of its own.
.venv/installed: test/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r test/requirements.txt
	@touch $@

.PHONY: aws-test
aws-test: build aws .venv/installed ## The templates: golden files, exact roles, cfn-lint and checkov
	cd deploy/aws && $(GO) vet ./... && $(GO) test -count=1 ./...
	test/aws/lint.sh

.PHONY: crash
crash: build ## SIGKILL the pipeline and its child at random moments (ROUNDS=200 for a long run), and four others a tenth as often
	PENSTOCK_CRASH_ROUNDS=$(ROUNDS) $(GO) test -count=1 -timeout 6h -v -run 'TestE5Kill' ./test/crash

.PHONY: bench
bench: build ## Measure this machine: ingest, PUT to row, latency, CPU, memory; takes a while
	$(GO) run -pgo $(PROFILE) ./test/bench -binary bin/penstock -out bench/results

.PHONY: fuzz
fuzz: ## Run each fuzz target for half a minute
	@for target in $$(grep -rlE '^func Fuzz' internal --include='*_test.go'); do \
	  for name in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$target | awk '{print $$2}'); do \
	    echo "$$name in $$(dirname $$target)"; $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime 30s ./$$(dirname $$target) || exit 1; \
	  done; done

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin dist bench/results web/dist/assets web/dist/index.html .venv .cache
