#!/usr/bin/env bash
# Regenerates the assembly of fix/wire/vector. The generator is a module of its own, so that
# avo never enters the module's dependencies. CI runs this and wants a clean tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/gen"
GOFLAGS=-mod=readonly GOOS= GOARCH= go run . -out ../asm_amd64.s -stubs ../asm_amd64.go -pkg vector
gofmt -w ../asm_amd64.go
