#!/usr/bin/env bash
# The verbs a person begins with: list recipes, cp, init, doctor, --version -v, from any folder. usage: tests/program/begin.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$here/tests/program/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }
cd "$work" || exit 1
short=(trainer.epochs=null trainer.max_steps=2 hardware.threads=1 "output_dir=$work/run")

# The recipes that come with dlrun are found from everywhere, and told with what they came to.
expect 0 "mlp_abalone  regression, csv abalone/abalone.csv" "$dlrun" list recipes
expect 0 "How old is a shellfish: rings counted from its measures." "$dlrun" list recipes
expect 0 "test error" "$dlrun" list recipes
count=$(ls "$here"/recipes/*.yaml | wc -l)
[ "$("$dlrun" list recipes --json | grep -c '"kind":"recipes"')" = "$count" ] || fail "not all of $count recipes are listed"
[ "$("$dlrun" list recipes --json | grep -c '"task":""')" = 0 ] || fail "a recipe without its task"
mkdir recipes && echo '# Mine.' >recipes/mine.yaml
expect 0 "recipes/mine.yaml" "$dlrun" list recipes
(cd "$here" && [ "$("$dlrun" list recipes --json | wc -l)" = "$count" ]) || fail "recipes are listed twice in their own folder"

# A copy means the same: paths into the tree, the name, the commands; what is there is left alone.
expect 0 "dlrun train my.yaml" "$dlrun" cp cnn_fashion_mnist_small my.yaml
grep -qx '#   dlrun train my.yaml' my.yaml && grep -qx 'name: my' my.yaml || fail "the copy names itself wrongly"
expect 0 "next:" "$dlrun" train my.yaml "${short[@]}"
expect 0 "% of this machine's matrix peak (" "$dlrun" train my.yaml "${short[@]}" --overwrite
expect 73 "is there already" "$dlrun" cp cnn_fashion_mnist_small my.yaml
expect 2 "did you mean 'mlp_abalone'" "$dlrun" cp mlp_abalon
expect 0 '"file":"deep/er/mlp_hdf5.yaml"' "$dlrun" cp recipes/mlp_hdf5.yaml deep/er/mlp_hdf5.yaml --json
expect 0 "valid" "$dlrun" validate deep/er/mlp_hdf5.yaml
for recipe in "$here"/recipes/*.yaml; do
  name=$(basename "$recipe" .yaml)
  "$dlrun" cp "$name" "all/$name.yaml" >/dev/null || fail "cp $name"
  # Nothing but the paths of data that come with dlrun may be another: what both say when read is the same.
  cmp -s <("$dlrun" config "$recipe" | sed "s|recipes/data|$here/recipes/data|") <("$dlrun" config "all/$name.yaml") ||
    fail "the copy of $name says something else"
done

# A base stays the file it was, in the tree by a relative path.
tree=$work/tree
mkdir -p "$tree/build" "$tree/recipes" "$tree/configs"
cp "$dlrun" "$tree/build/dlrun"
cp "$here/configs/cpu.yaml" "$tree/configs/"
{ echo '_base_: [../configs/cpu.yaml]'; sed 1,3d "$here/recipes/cnn_fashion_mnist_small.yaml"; } >"$tree/recipes/based.yaml"
(cd "$tree" && build/dlrun cp based mine/deep/based.yaml && grep -qF '_base_: [../../configs/cpu.yaml]' mine/deep/based.yaml) >/dev/null ||
  fail "_base_ inside the tree: $(cat "$tree/mine/deep/based.yaml")"
"$tree/build/dlrun" cp based outside.yaml >/dev/null && grep -qF "_base_: [$tree/configs/cpu.yaml]" outside.yaml || fail "_base_ outside the tree"
expect 0 "accelerator: cpu" "$dlrun" config outside.yaml

# Where a schema is installed, the line by which editors find it comes first, and the copy can be read.
mkdir -p "$tree/root/bin" "$tree/root/share/dlrun"
cp "$dlrun" "$tree/root/bin/"
cp -r "$here/recipes" "$tree/root/share/dlrun/"
echo '{}' >"$tree/root/share/dlrun/recipe.schema.json"
expect 0 "next:" "$tree/root/bin/dlrun" cp mlp_abalone editor.yaml
[ "$(head -1 editor.yaml)" = "# yaml-language-server: \$schema=$tree/root/share/dlrun/recipe.schema.json" ] || fail "no line for editors: $(head -1 editor.yaml)"
[ "$(grep -c yaml-language-server editor.yaml)" = 1 ] || fail "two lines for editors"
expect 0 "name: editor" "$dlrun" config editor.yaml
for recipe in "$here"/recipes/*.yaml; do
  [ "$(head -1 "$recipe")" = '# yaml-language-server: $schema=../recipe.schema.json' ] || fail "$recipe: no line for editors"
done
expect 0 "mlp_abalone  regression" "$tree/root/bin/dlrun" list recipes
cp "$dlrun" "$work/alone"
expect 66 "neither in ../share/dlrun nor" "$work/alone" cp mlp_abalone other.yaml

# A recipe to begin with trains as it is, and what it offers in comments is right.
expect 0 "dlrun train recipe.yaml" "$dlrun" init
expect 73 "is there already" "$dlrun" init
expect 2 "name them: --data FILE" "$dlrun" init --target price -o none.yaml
grep -q '^# The network\. cnn: ' recipe.yaml || fail "init does not say what the blocks are for"
expect 0 "next:" "$dlrun" train recipe.yaml "${short[@]}" --overwrite
sed '/^# Often wanted/,$ s/^# \([a-z]\)/\1/' recipe.yaml >wanted.yaml
expect 0 "patience: 5" "$dlrun" config wanted.yaml
awk 'BEGIN { srand(3); print "area,town,price"; for (i = 0; i < 120; i++) printf "%.2f,%s,%.2f\n", 30 + 100 * rand(),
  rand() < 0.5 ? "Ulm" : "Bonn", 1000 * rand() }' >"flats, new.csv"
expect 0 "a table of 120 rows" "$dlrun" init --data "flats, new.csv" --target price -o flats.yaml
grep -q '^# The data set and its splits\. csv: ' flats.yaml || fail "init --data does not say what the blocks are for"
expect 0 "next:" "$dlrun" train flats.yaml "${short[@]}" --overwrite
for i in $(seq 40); do echo "{\"rooms\": $((i % 5)), \"price\": $((i % 5 * 100 + i))}"; done >flats.jsonl
expect 0 "a table of 40 rows" "$dlrun" init --data flats.jsonl --target price -o lines.yaml
expect 0 "a table of 40 rows" "$dlrun" init --data "$here/tests/golden/data/larger.xlsx" --target price -o sheet.yaml
expect 0 '"event":"init"' "$dlrun" init --data "$here/recipes/data/fashion_mnist_small" -o pictures.yaml --json
expect 0 "next:" "$dlrun" train pictures.yaml "${short[@]}" --overwrite
expect 66 "no such file" "$dlrun" init --data none.csv -o none.yaml
[ -e none.yaml ] && fail "a recipe for data that are not there"

# Words that other tools use.
expect 2 "unknown verb 'fit'; dlrun says: dlrun train RECIPE" "$dlrun" fit
expect 2 "dlrun says: dlrun eval RUN --split test" "$dlrun" test
expect 2 "dlrun says: dlrun watch RUN..." "$dlrun" runs
expect 2 "unknown option '--print-config'; dlrun says: dlrun config RECIPE" "$dlrun" train recipe.yaml --print-config
expect 2 "keys of a recipe are overridden without dashes" "$dlrun" train recipe.yaml --nonsense
# Energy: where counters say it, in the doctor's line and a report; where none do, in the doctor alone.
mkdir -p "$work/powercap/intel-rapl:0"
expect 0 '"found":"not known: the system has no counters' env DLRUN_POWERCAP="$work/none" "$dlrun" doctor --json
echo package-0 >"$work/powercap/intel-rapl:0/name"
expect 0 "intel-rapl:0/energy_uj cannot be read" env DLRUN_POWERCAP="$work/powercap" "$dlrun" doctor --json
echo 1000000 >"$work/powercap/intel-rapl:0/energy_uj"
echo 262143328850 >"$work/powercap/intel-rapl:0/max_energy_range_uj"
expect 0 '"found":"counted by RAPL package-0"' env DLRUN_POWERCAP="$work/powercap" "$dlrun" doctor --json
expect 78 "dlrun calls this trainer.max_steps" "$dlrun" config recipe.yaml max_iters=5
expect 78 "dlrun calls this checkpoint.every_n_epochs" "$dlrun" config recipe.yaml save_period=5

# The doctor: each line what was found; codes for what stops a training.
expect 0 "libtorch" "$dlrun" doctor
expect 0 '"about":"shared memory"' "$dlrun" doctor --json
[ "$("$dlrun" doctor --json | grep -c '"event":"doctor","version":1')" -ge 10 ] || fail "doctor looks at little"
expect 66 "libdlrun_engine.so: no such file" "$work/alone" doctor
(ulimit -n 200 && "$dlrun" doctor --json) | grep -q "ulimit -n 1024" || fail "doctor does not see few open files"
if [ "$(id -u)" = 0 ]; then
  # A control group that grants half a processor.
  unshare -m bash -c "mount -t tmpfs none /sys/fs/cgroup && echo 50000 100000 >/sys/fs/cgroup/cpu.max && '$dlrun' doctor --json" |
    grep -q 'time of 0.5 of them' || ! grep -q '^0::' /proc/self/cgroup || fail "doctor does not see what a control group grants"
  expect 73 "cannot be written to" unshare -m bash -c "mount -o bind '$here/docs' '$here/docs' && mount -o remount,ro,bind '$here/docs' && cd '$here/docs' && '$dlrun' doctor"
fi
expect 0 "libtorch     2.11" "$dlrun" --version -v
expect 0 "plugin       libdlrun_images.so reads JPEG and PNG" "$dlrun" --version -v
exit $failed
