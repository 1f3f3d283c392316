#!/usr/bin/env bash
# The operator tests that come with the onnx package, through dlrun predict. Skipped unless DLRUN_PYTHON names a Python that
# has onnx 1.16 and numpy.
# usage: tests/program/onnx_backend.sh DLRUN
set -u
dlrun=$1
if [ -z "${DLRUN_PYTHON:-}" ] || ! "$DLRUN_PYTHON" -c 'import numpy, onnx; assert onnx.__version__.startswith("1.16.")' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with onnx 1.16 and numpy"
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$DLRUN_PYTHON" tests/oracles/onnx_backend.py "$dlrun" "$work"
