SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build assets example generate test conformance bench chaos corpus lint gallery fuzz image compose

export CGO_ENABLED := 0
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
CHAOS_ROUNDS ?= 100
CHAOS_CALLS ?= 200000
BENCH ?=
CONFORMANCE ?=
FUZZTIME ?= 1m

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Check for what is needed, build, and serve on http://127.0.0.1:8080
	@scripts/need.sh go node git engine
	@$(MAKE) --no-print-directory build
	@exec bin/moorage serve

# Without grpc's request pages the linker can leave out a fifth of the program;
# with time zones in it, TZ is understood in an image that holds nothing else.
build: assets ## Build bin/moorage
	go build -tags grpcnotrace,timetzdata -trimpath -buildvcs=false -ldflags '-s -w -X main.release=$(VERSION)' -o bin/moorage ./cmd/moorage

assets: example ## Fetch the browser libraries (npm, by lock file), build the example server
	@scripts/assets.sh

# The example is carried inside the binary, packed, for the engine's Linux.
example:
	GOOS=linux go build -trimpath -buildvcs=false -ldflags '-s -w' -o bin/greeter ./examples/greeter
	go run ./examples/pack examples/greeter bin/greeter examples/packed/greeter.zip

generate: ## Generate Go from the templ pages
	go tool templ generate

test: ## Test everything, against a real engine, registry, Git and browser
	@scripts/test.sh

chaos: ## Kill Moorage 100 times at each commit of a deployment, then let 200 clients make 200,000 calls (CHAOS_ROUNDS; CHAOS_CALLS; MOORAGE_CHAOS_SEED repeats a run)
	@MOORAGE_CHAOS_ROUNDS=$(CHAOS_ROUNDS) scripts/test.sh -v -timeout 4h -parallel 3 -run 'TestAKillBetweenAnyTwoCommits' ./e2e
	@MOORAGE_LOAD_CALLS=$(CHAOS_CALLS) scripts/test.sh -v -timeout 2h -run 'TestNobodyInACrowd' ./e2e

conformance: ## Run the official MCP suites and real clients against /mcp/<slug>; CONFORMANCE=pattern for a part
	@scripts/conformance.sh "$(CONFORMANCE)"

bench: ## Measure speed and size beside the same work by hand; BENCH='-only pages' for a part
	@scripts/bench.sh $(BENCH)

corpus: ## Test the detection against real repositories and catalogs, where the machine has them
	@scripts/corpus.sh

lint: assets ## Check the format, vet, and that generated code is what its sources say
	@scripts/lint.sh

gallery: assets ## Serve every page in every state on http://127.0.0.1:8099
	go run ./views/gallery

image: ## Build Moorage's own image, hold its size, and try it beside the engine
	@VERSION=$(VERSION) scripts/image.sh

compose: ## Try compose.yaml as somebody new does, on the engine of DOCKER_HOST
	@VERSION=$(VERSION) scripts/compose.sh

fuzz: ## Run every fuzz test for FUZZTIME (1m) each
	@scripts/fuzz.sh $(FUZZTIME)
