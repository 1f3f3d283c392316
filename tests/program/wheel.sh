#!/usr/bin/env bash
# The wheel: what is in it, and that it trains beside the torch of a Python, away from the build. With DLRUN_TEST_BARE=FOLDER, as root and
# with a network, also in a Debian 12 of nothing else, made in that folder by debootstrap. usage: tests/program/wheel.sh DLRUN
set -u
dlrun=$(realpath "$1")
build=$(dirname "$dlrun")
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAILED: $*"; failed=1; }
skip() { echo "skipped: $*"; exit 4; }

[ -e "${DLRUN_PACKAGING_DIR:-$here/.deps/packaging}/complete" ] || skip "no scripts/packaging/libraries.sh was run here"
python3 -c 'import venv, ensurepip' 2>/dev/null || skip "python3 has no venv"
cd "$here" || exit 1
DLRUN_BUILD=$build scripts/package.sh wheel >"$work/log" 2>&1 || { tail -20 "$work/log"; fail "no wheel"; exit 1; }
wheel=$(ls dist/dlrun-*.whl)

# Beside torch, installed by pip: nothing of it leads to the build, and every library is found.
python3 -m venv --without-pip "$work/venv" && python3 -m venv "$work/pip" || skip "python3 makes no venv"
"$work/pip/bin/pip" --disable-pip-version-check --python "$work/venv/bin/python" install -q --no-index --no-deps "$wheel" 2>"$work/log" ||
  "$work/pip/bin/pip" install -q --no-index --no-deps --target "$work/site" "$wheel" || { cat "$work/log"; fail "pip does not take it"; }
site=$work/site
[ -d "$site" ] || site=$(echo "$work"/venv/lib/python3*/site-packages)
torch=$("$dlrun" doctor --json | sed -n 's|.*"found":"[0-9.]*, \(/.*\)/lib/libtorch_cpu.so".*|\1|p')
[ -d "$torch" ] || { fail "where is libtorch? $("$dlrun" doctor --json | grep libtorch)"; exit 1; }
ln -s "$torch" "$site/torch"
[ -d "$torch/../nvidia" ] && ln -s "$torch/../nvidia" "$site/nvidia"
for file in "$site"/dlrun/bin/dlrun "$site"/dlrun/lib/dlrun/*.so*; do
  paths=$(objdump -p "$file" | sed -n 's/^ *R\(UN\)\?PATH *//p')
  case :$paths in *:/*) fail "$file looks into a fixed folder: $paths" ;; esac
done
for file in "$site"/dlrun/bin/dlrun "$site"/dlrun/lib/dlrun/libdlrun_{engine,images}.so; do
  ldd "$file" | grep "not found" && fail "$file misses libraries"
  ldd "$file" | grep -E "=> ($build|/(usr/)?lib.*/lib(hdf5|curl|xml2|icu|yaml|fmt|spdlog|archive))" && fail "$file takes libraries of this system"
done
grep -q "^dlrun = dlrun:main" "$site"/dlrun-*.dist-info/entry_points.txt || fail "no command"
grep -q "^Requires-Dist: torch==2.11.0" "$site"/dlrun-*.dist-info/METADATA || fail "it does not ask for torch"
if [ -e "$site/dlrun/lib/dlrun/libdlrun_arrow.so" ]; then
  grep -q "^Requires-Dist: pyarrow==25.0.\*; extra == 'parquet'" "$site"/dlrun-*.dist-info/METADATA || fail "it does not offer the extra parquet"
else
  echo "not tried: the extra parquet, whose plugin this build has not (DLRUN_PYARROW)"
fi
grep -q "^Tag: py3-none-manylinux_2_[0-9]*_" "$site"/dlrun-*.dist-info/WHEEL || fail "its tag: $(cat "$site"/dlrun-*.dist-info/WHEEL)"

run() { (cd "$work" && PYTHONPATH=$site OMP_NUM_THREADS=1 python3 -m dlrun "$@"); }
run list recipes | grep -q "mlp_abalone  regression" || fail "its recipes are not found"
run cp cnn_fashion_mnist_small first.yaml >/dev/null || fail "cp"
run train first.yaml -q trainer.epochs=null trainer.max_steps=5 hardware.threads=1 >/dev/null || fail "train"
run export runs/first --format onnx export.check_samples=20 -q >/dev/null || fail "export"
[ -s "$work/runs/first/export/model.onnx" ] || fail "no ONNX file"
run cp mlp_hdf5 h5.yaml >/dev/null && run train h5.yaml -q trainer.epochs=1 hardware.threads=1 >/dev/null || fail "HDF5"
mkdir -p "$work/pictures/a" "$work/pictures/b" && (cd "$work" && tar -czf pictures.tar.gz pictures)
run validate first.yaml "data={type: image_folder, path: pictures.tar.gz}" 2>&1 | grep -q "pictures.tar.gz" || fail "archives"

# As a package of the user above a torch of the system: the launcher finds it by Python.
mkdir "$work/user" && mv "$site/dlrun" "$work/user/"
(cd "$work" && PYTHONPATH=$work/user:$site python3 -m dlrun --version -v | grep -q "libtorch     2.11.0, $torch") || fail "a torch that lies elsewhere"

if [ -z "${DLRUN_TEST_BARE:-}" ]; then
  echo "not tried: a bare Debian 12 (DLRUN_TEST_BARE names a folder for it)"
elif [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
  echo "not tried: a bare Debian 12 needs root and debootstrap"
else
  tree=$DLRUN_TEST_BARE
  [ -d "$tree/usr" ] || debootstrap --variant=minbase --include=ca-certificates bookworm "$tree" >"$work/log" 2>&1 || { tail -5 "$work/log"; skip "debootstrap failed"; }
  bare() {
    unshare -m bash -c 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
      PATH=/root/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive bash -ec "$1"' "$tree" "$1"
  }
  cp /etc/resolv.conf "$tree/etc/"
  cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"
  cp "$wheel" "$tree/root/"
  # Of torch what a processor needs; all that `pip install` of the wheel would bring is 5 GB for GPUs.
  bare 'command -v python3 >/dev/null || { apt-get -q update && apt-get -q install -y --no-install-recommends python3-venv; }
        [ -d /root/venv ] || python3 -m venv /root/venv
        pip install -q --no-deps torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85 && pip install -q numpy onnxruntime' >"$work/log" 2>&1 ||
    { tail -5 "$work/log"; skip "no network for a bare Debian 12"; }
  bare "pip install -q --force-reinstall --no-deps /root/$(basename "$wheel") && rm -rf /root/first && mkdir /root/first && cd /root/first && dlrun doctor
        dlrun cp cnn_fashion_mnist_small first.yaml && dlrun train first.yaml -q trainer.epochs=null trainer.max_steps=100 && dlrun report runs/first
        dlrun export runs/first --format onnx export.include_preprocessing=true" || fail "a bare Debian 12"
  cat >"$tree/root/first/check.py" <<'PY'
import gzip, json, pathlib, subprocess
import dlrun, numpy, onnxruntime
data = pathlib.Path(dlrun.__file__).parent / "share/dlrun/recipes/data/fashion_mnist_small"
pixels = numpy.frombuffer(gzip.open(data / "t10k-images-idx3-ubyte.gz").read(), numpy.uint8)[16:].reshape(-1, 1, 28, 28)
labels = numpy.frombuffer(gzip.open(data / "t10k-labels-idx1-ubyte.gz").read(), numpy.uint8)[8:]
session = onnxruntime.InferenceSession("runs/first/export/model.onnx")
accuracy = (session.run(None, {"input": pixels})[0].argmax(1) == labels).mean()
record = json.loads(subprocess.run(["dlrun", "eval", "runs/first", "--json"], capture_output=True, text=True, check=True).stdout)
print("onnxruntime", accuracy, "dlrun", record["test/accuracy"])
assert abs(accuracy - record["test/accuracy"]) < 1e-3
PY
  # With the extra, tables in Parquet; torch is there without what it asks for beside itself.
  if [ -e "$site/dlrun/lib/dlrun/libdlrun_arrow.so" ] || [ -e "$work/user/dlrun/lib/dlrun/libdlrun_arrow.so" ]; then
    bare "pip install -q --no-deps 'pyarrow==25.0.*' && cd /root/first && printf 'x,y\n' >t.csv && for i in \$(seq 60); do echo \$i,\$((2 * i)) >>t.csv; done
          python -c 'import pyarrow.csv, pyarrow.parquet; pyarrow.parquet.write_table(pyarrow.csv.read_csv(\"t.csv\"), \"t.parquet\")'
          dlrun init --data t.parquet --target y -o t.yaml -q && dlrun train t.yaml -q trainer.epochs=2 output_dir=runs/t --overwrite
          dlrun predict runs/t t.parquet -o p.parquet -q && python -c 'import pyarrow.parquet; assert pyarrow.parquet.read_table(\"p.parquet\").num_rows == 60'" ||
      fail "Parquet in a bare Debian 12"
  fi
  bare 'cd /root/first && python check.py' || fail "the exported model in Python, in a bare Debian 12"
fi
exit $failed
