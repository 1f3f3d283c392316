# The CUDA plugin on a machine without a GPU: built complete, not loaded without need, and clear about what it misses.
set -u
build=$(cd "$(dirname "$1")" && pwd)
plugin=$build/libdlrun_cuda.so
[ -f "$plugin" ] || { echo "skipped: no libdlrun_cuda.so in this build (no nvcc, or a libtorch without CUDA)"; exit 4; }
fail() { echo "$*"; exit 1; }

for library in libtorch_cuda.so libc10_cuda.so libcudart.so.13; do
  objdump -p "$plugin" | grep -q "NEEDED *$library" || fail "the plugin does not name $library, so nothing would load it"
done
[ "$(nm -D --defined-only "$plugin" | grep -c ' T ')" = 1 ] || fail "the plugin exports more than dlrun_cuda_functions"

tests="$build/dlrun_tests"
[ -e /dev/nvidia0 ] && { echo "skipped the rest: this machine has a GPU, which tests/tensor/cuda_test.cpp uses"; exit 0; }

# Without a driver nothing of CUDA is mapped.
LD_DEBUG=files "$tests" "a GPU has a name*" 2>&1 | grep -q "file=[^ ]*libdlrun_cuda.so" &&
  fail "libdlrun_cuda.so was loaded without a driver"
"$tests" "a GPU has a name*" | grep -q "No NVIDIA driver" || fail "no word about the missing driver"

# A driver that claims one GPU makes the plugin load; then libtorch's CUDA libraries are missed and named.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cat >"$folder/driver.c" <<'C'
int cuInit(unsigned flags) { return 0; }
int cuDeviceGetCount(int* count) { *count = 1; return 0; }
C
gcc -shared -fPIC "$folder/driver.c" -o "$folder/libcuda.so.1" || exit 1
said=$(LD_LIBRARY_PATH=$folder "$tests" "a GPU has a name*" 2>&1)
grep -q "There is a GPU" <<<"$said" || fail "the plugin was not tried: $said"
if grep -q "cannot be loaded" <<<"$said"; then
  grep -q "pip install torch" <<<"$said" || fail "no word about what to install: $said"
fi
cp "$tests" "$folder/"  # The plugin is looked for beside the code that loads it.
said=$(LD_LIBRARY_PATH=$folder "$folder/dlrun_tests" "a GPU has a name*" 2>&1)
grep -q "built without nvcc" <<<"$said" || fail "no word about the missing plugin: $said"
