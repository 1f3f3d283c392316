#!/usr/bin/env bash
# Makes the rich rare in the tables of Adult: keeps every row of "<=50K" and every 15th of ">50K", one in fifty.
# usage: scripts/rare_adult.sh ADULT_FOLDER FOLDER
set -euo pipefail
[ $# = 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 64; }
mkdir -p "$2"
for part in train test; do
  awk '/>50K/ { if (++rich % 15 != 1) next } NF' "$1/adult-$part.csv" >"$2/adult-$part.csv"
done
