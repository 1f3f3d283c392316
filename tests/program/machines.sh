#!/usr/bin/env bash
# What other processors would compute, as far as this one can: the tests that compare with numbers of elsewhere, under
# every setting that gives them other kernels or other sums. usage: tests/program/machines.sh DLRUN
set -u
tests=$(dirname "$1")/dlrun_tests
unset ATEN_CPU_CAPABILITY MKL_ENABLE_INSTRUCTIONS MKL_CBWR ONEDNN_MAX_CPU_ISA
failed=0
