# The rooms of the source include only downwards; and the script that says so notices every kind of violation.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/scripts/check_layers" || exit 1

tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/docs "$tree"/app "$tree"/src/{base,spec,nn,losses,models}
cp "$root/docs/architecture.md" "$tree/docs/"
failures=0
refused=0

# refuses FILE INCLUDE...: the check must fail and name the file.
refuses() {
  local file=$1 output
  shift
  printf '#include %s\n' "$@" >"$tree/$file"
  if output=$("$root/scripts/check_layers" "$tree" 2>&1) || ! grep -q "^$file:1: " <<<"$output"; then
    echo "not noticed: $file with #include $*: $output"
    failures=$((failures + 1))
  fi
  rm "$tree/$file"
  refused=$((refused + 1))
}

# accepts FILE INCLUDE...
accepts() {
  local file=$1 output
  shift
  printf '#include %s\n' "$@" >"$tree/$file"
  if ! output=$("$root/scripts/check_layers" "$tree" 2>&1); then
    echo "wrongly refused: $output"
    failures=$((failures + 1))
  fi
  rm "$tree/$file"
}

accepts src/models/good.cpp '"nn/module.h"' '"models/other.h"' '"base/error.h"' '<ATen/ATen.h>' '<vector>'
accepts src/spec/good.cpp '<yaml-cpp/yaml.h>' '"base/error.h"'
accepts app/good.cpp '<CLI/CLI.hpp>' '"verb.h"' '"train/train.h"'
refuses src/nn/upwards.cpp '"models/architecture.h"'
refuses src/nn/sibling.cpp '"losses/loss.h"'
refuses src/losses/outside.h '"app/verb.h"'
refuses src/losses/nowhere.h '"nonsense/file.h"'
refuses src/losses/bare.h '"loss.h"'
refuses src/losses/around.h '"../nn/module.h"'
refuses src/base/torch.cpp '<ATen/ATen.h>'
refuses src/spec/torch.h '<c10/core/Device.h>'
refuses src/models/torch.cpp '<torch/torch.h>'
refuses src/models/torch_nn.cpp '<torch/nn/module.h>'
refuses src/nn/yaml.cpp '<yaml-cpp/yaml.h>'
refuses src/nn/cli.cpp '<CLI/CLI.hpp>'
mkdir "$tree/src/attic"
refuses src/attic/unknown_room.cpp '"base/error.h"'

[ $failures -eq 0 ] && echo "$refused violations tried, all noticed"
exit $((failures > 0))
