#!/usr/bin/env bash
# Lays the one-shot runs of Omniglot (all_runs.zip) out as class folders for image_folder: run01/class08/0_shot.png and
# 1_query.png are the training picture and the test picture of one class, so that every run is an episode of 20 classes.
# usage: scripts/omniglot_runs.sh ALL_RUNS.ZIP FOLDER
set -euo pipefail
[ $# = 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
command -v unzip >/dev/null || { echo "omniglot_runs: unzip is missing: sudo apt-get install unzip" >&2; exit 1; }
pictures=$(mktemp -d)
trap 'rm -rf "$pictures"' EXIT
unzip -q "$1" -d "$pictures"
for labels in "$pictures"/run*/class_labels.txt; do
  while read -r query shot; do
    class=$2/$(dirname "$(dirname "$shot")")/$(basename "$shot" .png)
    mkdir -p "$class"
    cp "$pictures/$shot" "$class/0_shot.png"
    cp "$pictures/$query" "$class/1_query.png"
  done <"$labels"
done
