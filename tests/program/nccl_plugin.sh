# The NCCL plugin on a machine without a GPU: built complete, and loaded where NVIDIA's libraries are (DLRUN_PYTHON: a Python that has
# torch with CUDA and its wheels).
set -u
build=$(cd "$(dirname "$1")" && pwd)
plugin=$build/libdlrun_nccl.so
[ -f "$plugin" ] || { echo "skipped: no libdlrun_nccl.so in this build (no libdlrun_cuda.so, or no nccl.h)"; exit 4; }
fail() { echo "$*"; exit 1; }

for library in libtorch_cuda.so libc10_cuda.so; do
  objdump -p "$plugin" | grep -q "NEEDED *$library" || fail "the plugin does not name $library, so nothing would load it"
done
[ "$(nm -D --defined-only "$plugin" | grep -c ' T ')" = 1 ] || fail "the plugin exports more than dlrun_open_nccl"

cat >"${TMPDIR:-/tmp}/nccl_plugin.$$.py" <<'PYTHON'
import importlib.util, pathlib
found = importlib.util.find_spec("torch")
if found:
    torch = pathlib.Path(found.origin).parent
    if (torch / "lib/libtorch_cuda.so").exists() and any(torch.parent.glob("nvidia/nccl/lib/libnccl.so.2")):
        print(":".join(map(str, [torch / "lib", *torch.parent.glob("nvidia/*/lib")])))
PYTHON
libraries=$("${DLRUN_PYTHON:-python3}" "${TMPDIR:-/tmp}/nccl_plugin.$$.py" 2>&1)
rm -f "${TMPDIR:-/tmp}/nccl_plugin.$$.py"
[ -n "$libraries" ] || { echo "skipped the rest: DLRUN_PYTHON names no Python that has torch with CUDA and NCCL"; exit 4; }
said=$(LD_LIBRARY_PATH=$libraries "${DLRUN_PYTHON:-python3}" -c "import ctypes; ctypes.CDLL('$plugin').dlrun_open_nccl" 2>&1) ||
  fail "the plugin cannot be loaded where all of NVIDIA's libraries are: $said"
