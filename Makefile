# The tasks of this repository. `make` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup test soak lint english house generate fmt bench fuzz mutate demo pictures

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install the programs that the tests need: see CONTRIBUTING.md
	@tools/setup

test: setup ## run all tests of all modules, in a real browser too
	@tools/test

soak: setup ## run the tests that take long: with large numbers
	tools/setup soak
	LATCHKEY_SOAK=1 CI=true go test -tags soak -race '-gcflags=all=-d=checkptr=0' '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0' -count=1 -timeout 2h ./...
	cd e2e && LATCHKEY_SOAK=1 CI=true go test -count=1 -timeout 1h -run TestEveryPage .
	cd bench && LATCHKEY_SOAK=1 CI=true go test -count=1 -timeout 1h -run TestUnusedRegistrations .

lint: ## check the code with go vet and the linters of .golangci.yml, the words, and the Go API
	set -e; for module in . e2e bench tools examples/mcp examples/hosts adapters/grpcguard adapters/connectguard interop; do (cd $$module && go vet ./...); done
	go vet -tags soak ./internal/adminapi
	go tool -modfile=tools/go.mod golangci-lint run ./...
	cd e2e && go tool -modfile=../tools/go.mod golangci-lint run ./...
	cd bench && go tool -modfile=../tools/go.mod golangci-lint run ./...
	cd tools && go tool golangci-lint run ./...
	go run -C tools ./english "$(CURDIR)"
	go run -C tools ./apidiff "$(CURDIR)"

english: ## check that the words are plain English; FLAGS=-count counts per directory
	go run -C tools ./english $(FLAGS) "$(CURDIR)"

house: ## draw the packages into docs/img/house.svg
	go run -C tools ./house -w "$(CURDIR)"

generate: ## write what is generated from the code: the pages of the reference
	go generate ./...

fmt: ## format the code
	go tool -modfile=tools/go.mod golangci-lint fmt

bench: ## measure Latchkey and its floors in the same run
	cd bench && go run . -csv bench.csv -svg bench.svg

fuzz: ## run every fuzz test for half a minute
	@tools/fuzz 30s

mutate: ## apply known faults one by one and check that a test fails; ONLY=regexp selects
	go run -C tools ./mutate $(FLAGS) -only '$(ONLY)' "$(CURDIR)"

demo: ## start a provider and a consumer to try it with
	go run ./cmd/latchkey demo

pictures: ## take the pictures of all pages and of the tutorial again
	tools/setup fonts
	cd e2e && go test -count=1 -timeout 1h -run 'Tutorial|TestErrorsAreExplainedToThePerson|TestDeviceIsConnectedInABrowser|TestPicturesOfPages' . -update
