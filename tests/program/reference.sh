#!/usr/bin/env bash
# The reference pages say what the components say; scripts/reference.sh rewrites them. Only the index is no file of the project.
# usage: tests/program/reference.sh DLRUN
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*"; exit 1; }
"$1" reference "$work/reference" || exit 1
pages=$(find "$work/reference" -mindepth 2 -name '*.md' | wc -l)
[ "$pages" -ge 30 ] || fail "only $pages pages"
listed=$("$1" list --json | grep -vc '"kind":"recipes"')
[ "$pages" -eq $((listed + 1)) ] || fail "$pages pages for $listed components and the recipe"
diff -r --exclude=README.md docs/reference "$work/reference" || fail "stale: run scripts/reference.sh"
# The index leads to every page, and to nothing else.
grep -o '([a-z0-9_]*/[a-z0-9_]*\.md)' "$work/reference/README.md" | tr -d '()' | sort >"$work/linked"
(cd "$work/reference" && find . -mindepth 2 -name '*.md' | sed 's,^\./,,' | sort) | diff "$work/linked" - ||
  fail "the index and the pages are not the same"
echo "$pages pages are up to date"
