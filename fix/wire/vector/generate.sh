#!/usr/bin/env bash
# Regenerates the assembly of fix/wire/vector. Its generator lies in the module of
# policy/kernel's, so that avo never enters this module's dependencies. CI runs this and
# wants a clean tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../../policy/kernel/gen"
to=../../../fix/wire/vector
GOFLAGS=-mod=readonly GOOS= GOARCH= go run ./codec -out $to/asm_amd64.s -stubs $to/asm_amd64.go -pkg vector
gofmt -w $to/asm_amd64.go
