#!/usr/bin/env bash
# Takes from build-fuzz/corpus what reaches code that tests/fuzz/corpus does not, smallest first, while a target's corpus stays
# below 100 files and 200 kB; the test of the corpus runs it from then on. usage: scripts/fuzz_keep.sh [TARGET...]
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
  while read -r size file; do
    [ -e "$kept/$file" ] && continue
    [ "$(ls "$kept" | wc -l)" -lt 100 ] || break
    [ $(($(cat "$kept"/* 2>/dev/null | wc -c) + size)) -lt 200000 ] || break
    cp "$fresh/$target/$file" "$kept/$file"
  done < <(cd "$fresh/$target" && find . -type f -printf '%s %f\n' | sort -n)
  echo "$target: $(ls "$kept" | wc -l) files, $(cat "$kept"/* | wc -c) bytes"
done
