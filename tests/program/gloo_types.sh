#!/usr/bin/env bash
# The engine is compiled with headers of Gloo that may be older than the Gloo inside libtorch. It may pass Gloo's objects on; a symbol
# of that namespace defined in it would mean that it makes them, or looks into them, by the old layout.
# usage: gloo_types.sh build/dlrun
set -euo pipefail
engine=$(dirname "$1")/libdlrun_engine.so
[ -f "$engine" ] || { echo "FAIL $engine: no such file"; exit 1; }
command -v nm >/dev/null || { echo "skipped: no nm (binutils)"; exit 4; }

defined=$(nm -C --defined-only "$engine" | cut -c 20- | grep -E '^((vtable|typeinfo|typeinfo name) for )?gloo::|GlooStore' || true)
[ -z "$defined" ] || { printf 'FAIL the engine defines what is Gloo'"'"'s:\n%s\n' "$defined"; exit 1; }
# Its libraries need none of Gloo either.
if nm -D --undefined-only -C "$engine" | grep -qE ' gloo::'; then
  echo "FAIL the engine calls Gloo by itself"
  exit 1
fi
# Its thread that reads connections asks for locks by a function that the program must answer before libc does.
for name in pthread_mutex_trylock dlrun_wait_for_locks_in; do
  nm -D --defined-only "$1" | grep -q " T $name$" || { echo "FAIL the program does not answer to $name"; exit 1; }
done
echo "the engine makes and calls nothing of Gloo"
