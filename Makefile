# ngportal. `make help` lists what there is; CI runs `make check`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test check build gen fmt lint e2e fuzz bench race-binary vuln drift js tools

GOLANGCI := .bin/golangci-lint-v2.15.0
DIST     := assets/dist/viewer/index.html
# The viewer's sources; its build writes assets/dist.
JSFILES  := $(shell find viewer -type f -not -path '*/node_modules/*')

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: build ## run everything here: sample data, S3, sign-in, viewer; prints the address to open
	@exec bin/ngportal demo

build: $(DIST) ## build bin/ngportal, static, with the viewer inside
	CGO_ENABLED=0 go build -trimpath -o bin/ngportal ./web

$(DIST): $(JSFILES)
	cd viewer && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	@touch $@

gen: ## generate Go from the templates in views/
	go tool templ generate -path views

fmt: $(GOLANGCI) ## format Go and templates
	$(GOLANGCI) fmt ./...
	cd e2e && ../$(GOLANGCI) fmt ./...
	go tool templ fmt views

lint: $(GOLANGCI) $(DIST) ## run the linters, the package directions among them
	$(GOLANGCI) run ./...
	cd e2e && ../$(GOLANGCI) run --config ../.golangci.yml ./...
	go tool templ fmt -fail views

test: tools $(DIST) race-binary js ## every test, browser tests included
	@scripts/test

js: $(DIST)
	cd viewer && npm test

# The browser tests run the real command, built with the race detector.
race-binary: $(DIST)
	go build -race -o bin/ngportal-race ./web

e2e: tools $(DIST) race-binary ## the browser tests alone
	cd e2e && go test -count=1 -timeout 25m -v ./...

check: drift lint vuln test ## all that CI runs: generated code, format, lint, vulnerabilities, tests

drift: $(DIST)
	@scripts/drift

vuln:
	@scripts/vuln

fuzz: ## fuzz every target for FUZZTIME (default 20s)
	@scripts/fuzz

bench: $(DIST) ## run the benchmarks, peers beside us
	go test -run '^$$' -bench . -benchmem ./...

tools:
	@scripts/tools

$(GOLANGCI):
	@echo "building golangci-lint v2.15.0 into .bin/"
	GOBIN=$(CURDIR)/.bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv .bin/golangci-lint $@
