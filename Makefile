# The whole project in a few words; `make help` lists them.
JOBS ?= $(shell nproc)
.PHONY: help build run test bench fuzz lint format census mutate campaign-python campaign-stress campaign-conformance campaign-storage clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

build: ## the occlum command and the LibOS image, in build/
	@scripts/bootstrap
	@scripts/build release

run: build ## the demonstration: a shell script of many processes inside one enclave
	@examples/demo/demo build/bin/occlum

test: ## everything: unit tests (plain and sanitized), end-to-end, attacks, fuzzing in short form, checks
	@scripts/bootstrap
	@scripts/test

bench: build ## figures as ratios to native
	@bench/run
	@bench/storage/run

fuzz: ## longer fuzzing: SECONDS_EACH=60 for each target
	@scripts/bootstrap
	@scripts/fuzz

lint: ## format, layers, dialect, READMEs, clang-tidy
	@scripts/bootstrap
	@scripts/lint

format: ## rewrite the sources with clang-format
	@tools/check_format --fix

mutate: ## mutation score of the verifier
	@tools/mutate_verifier

census: ## the numbers of the trusted half
	@tools/census

campaign-python: ## Python's own regression tests, natively and in the enclave (an hour or more)
	@tests/programs/python_suite/run --occlum build/bin/occlum --jobs $(JOBS) --results build/python-native.json --logs build/python-logs

campaign-stress: ## stress-ng --verify in one enclave for MINUTES=30
	@tests/programs/stress/run --occlum build/bin/occlum --minutes $(or $(MINUTES),30)

campaign-conformance: ## suites that others wrote (Open POSIX, busybox, bash, perl, Tcl, SQLite, stress-ng), natively and in the enclave
	@tests/programs/conformance/run --occlum build/bin/occlum --folder build/conformance

campaign-storage: build ## random operations, crash points, attacks and kills on the encrypted store, at full counts (about half an hour)
	@ninja -C build --quiet guests unit_storage
	@scripts/campaign-storage

clean: ## remove build/
	@rm -rf build
