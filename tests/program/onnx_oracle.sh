#!/usr/bin/env bash
# Exported files against the official ONNX checker and onnxruntime. Skipped unless DLRUN_PYTHON names a Python that has
# onnx, onnxruntime and numpy; files of torch.onnx are part of it where that Python has torch, torchvision and safetensors.
# usage: tests/program/onnx_oracle.sh DLRUN
set -u
dlrun=$1
if [ -z "${DLRUN_PYTHON:-}" ] || ! "$DLRUN_PYTHON" -c 'import numpy, onnx, onnxruntime' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with onnx, onnxruntime and numpy"
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=$(dirname "$dlrun")/dlrun_tests
mkdir "$work/models" "$work/runs"
DLRUN_ONNX_DUMP=$work/models "$tests" "*same numbers as ONNX nodes" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
DLRUN_ONNX_DUMP=$work/models "$tests" "every architecture of the catalog answers the same as an ONNX model" \
  >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$DLRUN_PYTHON" tests/oracles/onnx_answers.py "$work/models" || exit 1
"$DLRUN_PYTHON" tests/oracles/onnx_table.py "$dlrun" "$work/runs" || exit 1
"$DLRUN_PYTHON" tests/oracles/onnx_catalog.py "$dlrun" "$work/runs" || exit 1
if "$DLRUN_PYTHON" -c 'import torch, torchvision, safetensors' 2>/dev/null; then
  mkdir "$work/foreign"
  "$DLRUN_PYTHON" tests/oracles/onnx_foreign.py "$dlrun" "$work/foreign"
else
  echo "left out: files of torch.onnx, for DLRUN_PYTHON has no torch, torchvision and safetensors"
fi
