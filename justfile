# `just` shows this list. Every recipe is something that CI runs the same way, or starts the server.

default:
    @just --list

# Build what is stale and start the server.
run *ARGS:
    scripts/run {{ARGS}}

# All checks and tests, or only some: just test rust web
test *STEPS:
    scripts/test {{STEPS}}

# The long pass of the faults: 20 runs of each, with 60 clients in 15 rooms and 5,000 acknowledged messages a run.
soak *TESTS:
    scripts/soak {{TESTS}}

# The server and, beside it, the web app with hot reload at http://localhost:5173
dev:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo run --bin hallway & server=$!
    trap 'kill $server' EXIT
    cd web && npm run dev

# Write everything that is generated: API descriptions, configuration reference, TypeScript types.
generate:
    cargo run --quiet --package hallway-protocol --example generate
    cargo run --quiet --bin hallway -- openapi > docs/api/openapi.json
    cargo run --quiet --bin hallway -- config docs > docs/CONFIGURATION.md
    cd web && npm run generate

# Format everything.
format:
    cargo fmt --all
    cd web && npm run format
