#!/usr/bin/env bash
# Takes from build-fuzz/corpus inputs that reach code which tests/fuzz/corpus does not, of every size, while a target's corpus
# stays below 100 files and 200 kB; the test of the corpus runs it from then on. usage: scripts/fuzz_keep.sh [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cd build-fuzz/corpus && ls)
export OMP_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

for target in "${targets[@]}"; do
  kept=tests/fuzz/corpus/$target
  mkdir -p "$kept" "$fresh/$target"
  # Edges alone: how often each was taken would keep thousands. What is there already comes first and stays.
  cp "$kept"/* "$fresh/$target" 2>/dev/null || true
  "build-fuzz/${target}_fuzz" -merge=1 -use_counters=0 -max_len=4096 -rss_limit_mb=2048 "$fresh/$target" "build-fuzz/corpus/$target" \
    >"build-fuzz/$target.merge.log" 2>&1
  mapfile -t found < <(cd "$fresh/$target" && find . -type f -size -5k -printf '%s %f\n' | sort -n | cut -d' ' -f2)
  mapfile -t found < <(for file in "${found[@]}"; do [ -e "$kept/$file" ] || echo "$file"; done)
  room=$((100 - $(ls "$kept" | wc -l)))
  step=$(((${#found[@]} + room - 1) / (room > 0 ? room : 1)))
  for ((i = 0; room > 0 && i < ${#found[@]}; i += step)); do
    [ $(($(cat "$kept"/* 2>/dev/null | wc -c) + $(wc -c <"$fresh/$target/${found[i]}"))) -lt 200000 ] || break
    cp "$fresh/$target/${found[i]}" "$kept/${found[i]}"
  done
  echo "$target: $(ls "$kept" | wc -l) files, $(cat "$kept"/* | wc -c) bytes"
done
