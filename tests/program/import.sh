#!/usr/bin/env bash
# dlrun import: what it writes, and how it ends for what it cannot accept, find or replace.
# usage: tests/program/import.sh DLRUN
set -u
dlrun=$1
golden=tests/golden/weights
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
# nothing FILE: a failed import has written nothing.
nothing() { [ -e "$1" ] && { echo "FAILED: $1 was written"; failed=1; }; }

expect 0 "tensors" "$dlrun" import "$golden/state_dict.pt" -o "$work/state.safetensors"
expect 0 '"event":"import"' "$dlrun" import "$golden/gpt2_shards" -o "$work/gpt2.safetensors" --json
# What was written is weights again, and the same ones.
expect 0 "tensors" "$dlrun" import "$work/state.safetensors" -o "$work/again.safetensors"
cmp -s "$work/state.safetensors" "$work/again.safetensors" || { echo "FAILED: a second import differs"; failed=1; }

expect 73 "--overwrite" "$dlrun" import "$golden/state_dict.pt" -o "$work/state.safetensors"
expect 0 "tensors" "$dlrun" import "$golden/state_dict.pt" -o "$work/state.safetensors" --overwrite
expect 73 "no/such/folder" "$dlrun" import "$golden/state_dict.pt" -o "$work/no/such/folder/out.safetensors"
expect 2 "--output" "$dlrun" import "$golden/gpt2_shards"
expect 2 "FILE" "$dlrun" import
expect 66 "missing.pt" "$dlrun" import "$work/missing.pt" -o "$work/out.safetensors"
mkdir "$work/empty"
expect 66 "empty" "$dlrun" import "$work/empty" -o "$work/out.safetensors"
for file in hostile_reduce hostile_instance hostile_stack_global whole_module no_tensors; do
  expect 65 "$file.pt" "$dlrun" import "$golden/$file.pt" -o "$work/out.safetensors"
done
head -c 300 "$golden/state_dict.pt" >"$work/short.pt"
expect 65 "short.pt" "$dlrun" import "$work/short.pt" -o "$work/out.safetensors"
echo "no weights at all" >"$work/text.pt"
expect 65 "text.pt" "$dlrun" import "$work/text.pt" -o "$work/out.safetensors"
expect 65 "nothing" "$dlrun" import "$golden/nested.pt" --key nothing -o "$work/out.safetensors"
nothing "$work/out.safetensors"
exit $failed
