#!/bin/bash
# Times dlrun beside PyTorch on Fashion-MNIST and prints a table of ratios.
#   PYTHON=python3 DLRUN_DATA=data tests/bench/run.sh [--models cnn] [--rounds 3] [--epochs 3] [--threads 2]
# PYTHON needs torch 2.11 and torchvision. DLRUN_DATA holds fashion-mnist/. DLRUN_BINARY may name another dlrun.
set -eu
here=$(dirname "$(readlink -f "$0")")
binary=${DLRUN_BINARY:-$here/../../build/dlrun}
data=${DLRUN_DATA:-data}
[ -x "$binary" ] || { echo "$binary: no such program; build dlrun first" >&2; exit 66; }
[ -d "$data/fashion-mnist" ] || { echo "$data/fashion-mnist: no such folder; set DLRUN_DATA" >&2; exit 66; }
exec "${PYTHON:-python3}" "$here/compare.py" --dlrun "$binary" --data "$(readlink -f "$data")" "$@"
