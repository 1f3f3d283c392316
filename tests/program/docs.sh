#!/usr/bin/env bash
# Every room, file, verb, option and key that the pages name exists; and the script that says so notices what does not.
# usage: tests/program/docs.sh DLRUN
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath "$1")
"$root/scripts/check_docs" "$program" || exit 1

page=$(mktemp --suffix=.md)
trap 'rm -f "$page"' EXIT
failures=0
tried=0

# accepts LINE, refuses LINE PROBLEM: a page of that line alone.
accepts() {
  printf '%s\n' "$1" >"$page"
  output=$("$root/scripts/check_docs" "$program" "$page") || { echo "wrongly refused: $output"; failures=$((failures + 1)); }
}
refuses() {
  printf 'A line before it.\n\n%s\n' "$1" >"$page"
  if output=$("$root/scripts/check_docs" "$program" "$page") || ! grep -qF -- "$page:$((3 + ${3:-0})): " <<<"$output" ||
    ! grep -qF -- ": $2" <<<"$output"; then
    echo "not noticed: $1: $output"
    failures=$((failures + 1))
  fi
  tried=$((tried + 1))
}
fence='```'

accepts 'A room (`src/nn`), a file (`src/models/mlp.cpp`, `nn/module.h`), `scripts/test.sh asan`.'
accepts 'Patterns: `recipes/*.yaml`, `tests/<room>/<name>_test.cpp`, `src/models/NAME.cpp`.'
accepts 'Of a run, not of the project: `checkpoints/step-N/`, `export/`, `metrics.jsonl`, `data.csv`.'
accepts '`trainer.batch_size`, `optimizer.lr=0.1`, `architecture.stem: cifar`, `augmentation.0.padding=4`.'
accepts '`dlrun train r.yaml --resume`, `dlrun VERB --help`, `train eval predict export`; `val/loss` is no file.'
refuses 'The room `src/attic`.' 'no file src/attic'
refuses 'A test that moved: `tests/catalog_test.cpp`, and more.' 'no file tests/catalog_test.cpp'
refuses 'Good: `src/nn`; bad: `nn/modules.h`.' 'no file src/nn/modules.h'
refuses 'A pattern without a match: `tests/<room>/<name>_tests.cpp`.' 'no file tests/'
refuses 'A script with arguments: `scripts/tests.sh asan`.' 'no file scripts/tests.sh'
refuses 'A [link](nowhere.md) that leads nowhere.' 'no file nowhere.md'
refuses 'A verb: `dlrun bake runs/a`.' 'no verb bake'
refuses 'An option: `dlrun train r.yaml --resum`.' 'train has no option --resum'
refuses 'An override: `dlrun train r.yaml trainer.epoch=3`.' 'no key trainer.epoch'
refuses 'A list: `train eval predict publish`.' 'no verb publish'
refuses 'A key: `trainer.batchsize`.' 'no key trainer.batchsize'
refuses 'A key with a value: `optimizer.learning_rate=0.1`.' 'no key optimizer.learning_rate'
refuses 'A key further down: `data.val.share`.' 'no key data.val.share'
refuses "$fence
\$ build/dlrun trian r.yaml
$fence" 'no verb trian' 1

[ $failures -eq 0 ] && echo "$tried names that lead nowhere tried, all noticed"
exit $((failures > 0))
