# Each target is a plain command that you could type. `make help` lists them.
PREFIX  ?= /usr/local
DESTDIR ?=
CONFIG  ?=
RUNS    ?= 1000000
MODE    ?=

BIN     := .build/release

.DEFAULT_GOAL := help
.PHONY: help dependencies run build test bench lint format install uninstall fuzz sanitize simulate torture clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dependencies: ## Install the system packages that are missing.
	@scripts/install-dependencies

run: ## Build release and start fluxd on loopback, in the foreground.
	@scripts/install-dependencies run
	@scripts/build-release
	@scripts/run $(BIN)/fluxd $(if $(CONFIG),--config $(CONFIG))

build: ## Build fluxd, fluxctl and fluxtop for release, into .build/release.
	scripts/build-release

test: ## Everything that CI runs; ends with one line of counts.
	@scripts/test

bench: ## Speed beside the floor, Mosquitto and RabbitMQ; MODE=queues, fsync, idle... one of scripts/bench --help (docs/performance.md).
	@scripts/install-dependencies bench
	@scripts/bench $(MODE)

lint: ## Check the format of every Swift file.
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

format: ## Reformat every Swift file in place.
	swift format --in-place --recursive --parallel Sources Tests Package.swift

install: build ## Install programs, man pages, systemd unit and example config under PREFIX (staged in DESTDIR).
	scripts/install "$(DESTDIR)" "$(PREFIX)" $(BIN)

uninstall: ## Remove what install put there, configuration files excepted.
	scripts/install --remove "$(DESTDIR)" "$(PREFIX)"

fuzz: ## Run each fuzzer over its corpus, RUNS inputs each.
	scripts/fuzz $(RUNS)

sanitize: ## Run the tests of what threads share under the thread sanitizer.
	scripts/sanitize

simulate: ## The long simulation: SEED=N replays one, SEEDS= and DAYS= say how much.
	scripts/simulate

torture: ## Kill fluxd under load, ROUNDS=300 times, and look whether it kept what it acknowledged.
	scripts/torture

clean: ## Remove everything that was built.
	rm -rf .build
