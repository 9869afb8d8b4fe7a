# Two commands, on a Debian 12 with git and make:
#   make demo   builds COIL, compiles a small network for AArch64 and for this machine, and runs both
#   make test   builds COIL and runs every test
# CMakePresets.json is the build itself; these only put its steps in order and say what they do.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:

JOBS ?= $(shell nproc)
say = @printf '\n=== %s\n'

.PHONY: help packages build demo test
help:
	@sed -n '2,3s/^# *//p' Makefile

packages:
	$(say) 'Packages: installing what is missing (.ci/packages.txt)'
	@.ci/install-packages

build: packages
	$(say) 'Configure: cmake --preset dev'
	@cmake --preset dev
	$(say) 'Build: $(JOBS) jobs, into build/'
	@cmake --build --preset dev --parallel $(JOBS)

demo: build
	$(say) 'Demo: handwritten digits (examples/digits)'
	@examples/digits/demo.sh build

test: build
	$(say) 'Test: everything registered in test/CMakeLists.txt'
	@ctest --test-dir build --verbose --no-tests=error
