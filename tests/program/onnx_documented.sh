#!/usr/bin/env bash
# The Python of docs/onnx_export.md says of exported files of every kind what `dlrun predict` says. Skipped unless DLRUN_PYTHON names a Python
# that has onnxruntime, numpy and Pillow.
# usage: DLRUN_PYTHON=python tests/program/onnx_documented.sh DLRUN
set -u
if [ -z "${DLRUN_PYTHON:-}" ] || ! "$DLRUN_PYTHON" -c 'import numpy, onnxruntime, PIL' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with onnxruntime, numpy and Pillow"
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$DLRUN_PYTHON" tests/oracles/onnx_documented.py "$1" "$work"
