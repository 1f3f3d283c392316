#!/usr/bin/env bash
# Configures where needed and builds. usage: scripts/build.sh [PRESET [TARGET]]
# Presets (CMakePresets.json): release (the default, in build/), dev, asan, tsan (in build-PRESET/).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=${1:-release}
target=${2:-all}
folder=build
[ "$preset" = release ] || folder=build-$preset

cached_torch=$(sed -n 's/^DLRUN_TORCH_DIR:PATH=//p' "$folder/CMakeCache.txt" 2>/dev/null || true)
if ! [ -f "$folder/build.ninja" ] || [ "${DLRUN_TORCH_DIR:-$cached_torch}" != "$cached_torch" ]; then
  cmake --preset "$preset" ${DLRUN_TORCH_DIR:+-DDLRUN_TORCH_DIR="$DLRUN_TORCH_DIR"} >&2
fi

# A compiler of libtorch's headers needs up to 1.7 GB; more of them than fit would be killed.
memory_mib=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
jobs=$((memory_mib / 1700))
[ "$jobs" -le "$(nproc)" ] || jobs=$(nproc)
[ "$jobs" -ge 1 ] || jobs=1
if ! ninja -C "$folder" -j "$jobs" "$target" >&2; then
  echo "build: failed; the first error stands above. After a change of compiler or libraries, remove $folder/ and try again." >&2
  exit 1
fi
# What the first line of recipes names for editors (docs/recipe.md).
if [ -x "$folder/dlrun" ] && "$folder/dlrun" schema >"$folder/recipe.schema.json"; then
  cmp -s "$folder/recipe.schema.json" recipe.schema.json || cp "$folder/recipe.schema.json" recipe.schema.json
fi
