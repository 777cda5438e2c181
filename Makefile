# Everything a person or a machine runs here. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run release debug test swift-test client-test demo bench clean

PYTHON ?= python3
JOBS ?= 2
PORT ?= 4566
ARGS ?=
VENV := .venv
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check
BIN := $(CURDIR)/.build/release/coldframe
# Answers that the codec tests write for botocore's own parsers to read.
VECTORS := $(CURDIR)/.build/vectors

# One file without a Swift runtime to install. Apple's linker has no static standard library, and needs none.
ifeq ($(shell uname),Darwin)
RELEASE := -c release
else
RELEASE := -c release --static-swift-stdlib
endif

help:
	@echo "make run     build Coldframe and serve on port $(PORT)   (ARGS='--time-scale 60' passes options)"
	@echo "make demo    play a canary deployment that rolls back, and one that succeeds"
	@echo "make test    everything: unit and scenario tests, then real clients against the binary"
	@echo "make bench   measure against nginx, moto and docker-registry, write docs/benchmarks.md"
	@echo "make clean   remove what was built"

run: release
	@exec $(BIN) serve --port $(PORT) $(ARGS)

release:
	@Scripts/system-packages build
	@echo "Building the release (the first time takes minutes)"
	@swift build $(RELEASE) --product coldframe --jobs $(JOBS) --quiet

debug:
	@Scripts/system-packages build
	@echo "Building for the tests"
	@swift build --build-tests --jobs $(JOBS) --quiet

test:
	@$(MAKE) --no-print-directory swift-test
	@$(MAKE) --no-print-directory client-test

# A test that hangs ends the run after minutes, with its name, instead of using up CI's hours.
# SwiftPM runs the tests in a process group of their own, and ends it at SIGINT only; --foreground lets Ctrl-C through.
BOUNDED := $(if $(shell command -v stdbuf),timeout --foreground -s INT -k 60 1800 stdbuf -oL)

# Of a crash the one thread that crashed, so that the end of a log tells where it was.
CRASH := threads=crashed,registers=none,images=none,color=no

# One after the other: tests that block a thread would starve others on a machine with two cores.
swift-test: debug
	@echo "Running the Swift tests"
	@mkdir -p $(VECTORS)
	@SWIFT_BACKTRACE=$(CRASH) COLDFRAME_VECTORS_OUT=$(VECTORS) $(BOUNDED) swift test --skip-build --no-parallel 2>&1 | Scripts/readable-tests

# The clients talk to the release: it is what people run, and the time-critical tests mean it.
client-test: release $(VENV)/tests
	@echo "Comparing the service models with botocore"
	@$(VENV)/bin/python Scripts/import-models --check
	@echo "Letting botocore read the answers of the codecs"
	@$(VENV)/bin/python Tests/AWSProtocolsTests/vectors/check_responses.py $(VECTORS)
	@echo "Running the client tests"
	@cd Tests/clients && COLDFRAME_BIN=$(BIN) $(CURDIR)/$(VENV)/bin/python -m pytest -q $(ARGS)

demo: release $(VENV)/tests
	@COLDFRAME_BIN=$(BIN) $(VENV)/bin/python Scripts/demo $(ARGS)

bench: release $(VENV)/bench
	@COLDFRAME_BIN=$(BIN) $(VENV)/bin/python Scripts/bench $(ARGS)

$(VENV)/tests: Tests/clients/requirements.txt Tests/clients/requirements-cognito.txt Tests/clients/requirements-sagemaker.txt
	@Scripts/system-packages test
	@[[ -x $(VENV)/bin/python ]] || $(PYTHON) -m venv $(VENV)
	@echo "Installing the clients into $(VENV)"
	@$(PIP) $(^:%=-r %)
	@touch $@

$(VENV)/bench: Benchmarks/requirements.txt $(VENV)/tests
	@Scripts/system-packages bench
	@echo "Installing moto into $(VENV)"
	@$(PIP) -r $<
	@touch $@

clean:
	@rm -rf .build $(VENV)
	@find Tests Scripts Fixtures -name __pycache__ -prune -exec rm -rf {} +
