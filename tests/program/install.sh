# An installed tree can be moved: nothing in it looks back at the build or at the libtorch it was built with.
set -u
build=$(cd "$(dirname "$1")" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
tree=$build/install-test
rm -rf "$tree"
trap 'rm -rf "$tree"' EXIT
fail() { echo "$*"; exit 1; }

cmake --install "$build" --prefix "$tree/first" >"$build/install-test.log" || fail "cmake --install failed"
mv "$tree/first" "$tree/moved"
for file in bin/dlrun lib/dlrun/libdlrun_engine.so; do
  [ -f "$tree/moved/$file" ] || fail "$file was not installed"
done

for file in "$tree"/moved/bin/dlrun "$tree"/moved/lib/dlrun/libdlrun_*.so; do
  paths=$(objdump -p "$file" | sed -n 's/^ *R\(UN\)\?PATH *//p')
  case :$paths in *:/*) [ -f "$tree/moved/lib/dlrun/libtorch_cpu.so" ] && fail "$file looks into a fixed folder: $paths" ;; esac
  ldd "$file" | grep "not found" && fail "$file misses libraries"
  ldd "$file" | grep -E "=> ($source|$build)" | grep -v "=> $tree" && fail "$file takes libraries from the build"
done

"$tree/moved/bin/dlrun" schema | cmp - "$tree/moved/share/dlrun/recipe.schema.json" || fail "the installed schema is another"
pages=$tree/moved/share/doc/dlrun/reference
for page in README.md architecture/mlp.md; do
  [ -s "$pages/$page" ] || fail "reference/$page was not installed"
done

for file in man/man1/dlrun.1 man/man1/dlrun-train.1 bash-completion/completions/dlrun zsh/site-functions/_dlrun fish/vendor_completions.d/dlrun.fish; do
  [ -s "$tree/moved/share/$file" ] || fail "share/$file was not installed"
done
# Its recipes are found from elsewhere.
(cd "$tree" && moved/bin/dlrun list recipes | grep -q "mlp_abalone  regression") || fail "the installed recipes are not listed"
(cd "$tree" && moved/bin/dlrun cp mlp_hdf5 copy.yaml >/dev/null && grep -qF "path: $tree/moved/share/dlrun/recipes/data" copy.yaml) ||
  fail "a copy of an installed recipe does not lead to its data"

# Where the build has the plugin for Parquet the tree has its libraries, unless libtorch is left outside too.
if [ -f "$tree/moved/lib/dlrun/libdlrun_arrow.so" ] && [ -f "$tree/moved/lib/dlrun/libtorch_cpu.so" ]; then
  "$tree/moved/bin/dlrun" doctor --json | grep -q '"found":"libdlrun_arrow.so reads and writes' || fail "the installed plugin for Parquet does not load"
else
  echo "not tried: the plugin for Parquet, which this build has not (DLRUN_PYARROW)"
fi

cd "$tree/moved/share/dlrun" || fail "no share/dlrun"
"$tree/moved/bin/dlrun" --version || fail "the moved program does not start"
recipe=recipes/cnn_fashion_mnist_small.yaml
[ -f "$recipe" ] || fail "$recipe was not installed"
"$tree/moved/bin/dlrun" train "$recipe" --dry-run "output_dir=$tree/run" >"$build/install-test.log" 2>&1 </dev/null ||
  { cat "$build/install-test.log"; fail "the moved program does not load its engine"; }
