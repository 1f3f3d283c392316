#!/usr/bin/env bash
# The reference pages and the schema say what the components say; scripts/reference.sh rewrites them.
# usage: tests/program/reference.sh DLRUN
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" reference "$work/reference" || exit 1
"$1" schema >"$work/recipe.schema.json" || exit 1
pages=$(find "$work/reference" -name '*.md' | wc -l)
[ "$pages" -ge 10 ] || { echo "only $pages pages"; exit 1; }
diff -r docs/reference "$work/reference" && diff configs/recipe.schema.json "$work/recipe.schema.json" ||
  { echo "stale: run scripts/reference.sh"; exit 1; }
echo "$pages pages and the schema are up to date"
