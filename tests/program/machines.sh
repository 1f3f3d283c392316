#!/usr/bin/env bash
# What other processors would compute, as far as this one can: the tests that compare with numbers of other machines,
# under the settings that give them other kernels or other sums. usage: tests/program/machines.sh DLRUN
set -u
tests=$(dirname "$1")/dlrun_tests
unset ATEN_CPU_CAPABILITY MKL_ENABLE_INSTRUCTIONS MKL_CBWR ONEDNN_MAX_CPU_ISA
files=init resnet18
failed=0

# under NAME=VALUE...: every test of the list passes.
under() {
  local output
  output=$(env OMP_NUM_THREADS=1 "$@" "$tests" -\# "$files" 2>&1) && return
  echo "FAILED under $*:"
  tail -40 <<<"$output"
  failed=1
}

under A=1
exit $failed
