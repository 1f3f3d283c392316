#!/usr/bin/env bash
# Rewrites docs/reference/ from the fields of the components: a page each, which are committed, and their index, which is not.
# usage: scripts/reference.sh [PROGRAM]    The program is build/dlrun unless another is named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=${1:-build/dlrun}
[ -x "$program" ] || { echo "reference.sh: $program: no such program; build it first" >&2; exit 1; }
rm -rf docs/reference
"$program" reference docs/reference
