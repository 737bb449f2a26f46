# Everything that is done to this repository by hand. `make` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup test lint english house fmt bench fuzz mutate demo pictures

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## fetch what the tests need and the machine lacks: Chromium and the accessibility checker
	@tools/setup

test: setup ## pass all tests, in a real browser too
	go vet ./...
	go test -race -timeout 15m ./...
	cd e2e && go vet ./... && go test -count=1 -timeout 10m ./...
	cd bench && go vet ./... && go test -count=1 ./...

lint: ## hold the code to .golangci.yml
	go tool -modfile=tools/go.mod golangci-lint run ./...
	cd e2e && go tool -modfile=../tools/go.mod golangci-lint run ./...
	cd bench && go tool -modfile=../tools/go.mod golangci-lint run ./...
	cd tools && go tool golangci-lint run ./...

english: ## check that the words are plain English; FLAGS=-count counts per directory
	go run -C tools ./english $(FLAGS) "$(CURDIR)"

house: ## draw the packages into docs/img/house.svg
	go run -C tools ./house -w "$(CURDIR)"

fmt: ## format the code
	go tool -modfile=tools/go.mod golangci-lint fmt

bench: ## measure, beside the floors of the same run
	cd bench && go run . -csv bench.csv -svg bench.svg

fuzz: ## send anything at all to every parser of foreign input, for half a minute each
	@tools/fuzz 30s

mutate: ## break the code in known ways, one by one, and see that a test fails; FLAGS='-only regexp'
	go run -C tools ./mutate $(FLAGS) "$(CURDIR)"

demo: ## try everything on this machine
	go run ./cmd/latchkey demo

pictures: setup ## take the tutorial's screenshots anew
	cd e2e && go test -count=1 ./... -update
