#!/bin/bash
# What the exchange of gradients costs, dlrun beside PyTorch's DistributedDataParallel over Gloo, in turn on the same machine.
#   PYTHON=python3 DLRUN_DATA=data tests/bench/exchange.sh [ROUNDS]    TRACE=FILE: when the buckets of a step travel
# PYTHON needs torch 2.11 and torchvision. DLRUN_DATA holds cifar10-jpg/ and adult/. DLRUN_BUILD may name another build folder.
set -eu
here=$(dirname "$(readlink -f "$0")")
speed=${DLRUN_BUILD:-$here/../../build}/exchange_speed
[ -x "$speed" ] || { echo "$speed: no such program; build exchange_speed first" >&2; exit 66; }
export OMP_NUM_THREADS=1
for round in $(seq "${1:-3}"); do
  ${TRACE:+env DLRUN_TRACE="$TRACE"} "$speed" "$here/../../recipes/resnet18_cifar10.yaml" 2 15 trainer.batch_size=32
  "${PYTHON:-python3}" "$here/ddp_gloo.py" resnet18 16 2 15
  "$speed" "$here/../../recipes/mlp_adult.yaml" 2 1000 architecture.dropout=0
  "${PYTHON:-python3}" "$here/ddp_gloo.py" mlp 64 2 1000
done
