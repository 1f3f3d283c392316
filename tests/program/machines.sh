#!/usr/bin/env bash
# What other processors would compute, as far as this one can: the tests that compare with numbers of other machines,
# under the settings that give them other kernels or other sums. usage: tests/program/machines.sh DLRUN
set -u
tests=$(dirname "$1")/dlrun_tests
unset ATEN_CPU_CAPABILITY MKL_ENABLE_INSTRUCTIONS MKL_CBWR ONEDNN_MAX_CPU_ISA
files=(init_test resnet18_test mlp_test cnn_test gpt_test gcn_test dcgan_test autoencoder_test blocks_test cross_entropy_test
  optimizer_test evaluator_test lower_test norm_relu_pool_test step_test)
chosen=$(printf ',[#%s]' "${files[@]}")
failed=0

# under NAME=VALUE: every test of the list passes.
under() {
  local output
  if output=$(env OMP_NUM_THREADS=1 "$1" "$tests" -w NoTests -\# "${chosen#,}" 2>&1 </dev/null); then
    echo "$1: $(tail -2 <<<"$output" | tr -d '\n')"
  else
    printf 'FAILED under %s:\n%s\n' "$1" "$(tail -60 <<<"$output")"
    failed=1
  fi
}

for file in "${files[@]}"; do
  "$tests" --list-test-names-only -\# "[#$file]" | grep -q . || { echo "FAILED: no tests of $file"; failed=1; }
done
under OMP_NUM_THREADS=1
under OMP_NUM_THREADS=2
under ATEN_CPU_CAPABILITY=default
under MKL_CBWR=COMPATIBLE
under MKL_ENABLE_INSTRUCTIONS=AVX2
under ONEDNN_MAX_CPU_ISA=SSE41
if grep -qw avx2 /proc/cpuinfo; then
  under ATEN_CPU_CAPABILITY=avx2
else
  echo "left out: ATEN_CPU_CAPABILITY=avx2, which this processor does not have"
fi
exit $failed
