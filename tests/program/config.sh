# dlrun config: files that build on files, overrides, where each value comes from, and errors with their place.
set -u
dlrun=$(realpath "$1")
project=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0
fail() { echo "$*"; failures=$((failures + 1)); }

# expect CODE TEXT ARGUMENTS...: TEXT is a line of stdout, or all of stderr where CODE is not 0.
expect() {
  local code=$1 text=$2
  shift 2
  "$dlrun" config "$@" >out 2>err </dev/null
  local got=$?
  [ "$got" = "$code" ] || fail "config $*: exit code $got instead of $code: $(head -3 err)"
  if [ "$code" = 0 ]; then
    grep -qxF -- "$text" out || fail "config $*: no line '$text' in: $(head -40 out)"
  else
    [ "$(cat err)" = "$text" ] || fail "config $*: stderr is not '$text' but: $(cat err)"
    [ ! -s out ] || fail "config $*: stdout is not empty"
  fi
}

mkdir -p configs
cat >configs/small.yaml <<'EOF'
_base_: machine.yaml
trainer: {batch_size: 16, epochs: 2}
EOF
cat >configs/machine.yaml <<'EOF'
hardware:
  accelerator: cpu
  threads: 2
optimizer: {type: adamw, weight_decay: 0.5}
EOF
cat >recipe.yaml <<'EOF'
# A recipe for this test.
_base_: [configs/small.yaml]
name: first
task: classification
data: {type: idx, path: "${env:DLRUN_TEST_FOLDER,data}/x"}
architecture: mlp
optimizer: {type: sgd, lr: 0.5}
trainer:
  epochs: 3
EOF
unset DLRUN_TEST_FOLDER

expect 0 'name: first' recipe.yaml
expect 0 '  epochs: 3' recipe.yaml
expect 0 '  batch_size: 16' recipe.yaml
expect 0 '  threads: 2' recipe.yaml
expect 0 '  path: data/x' recipe.yaml
DLRUN_TEST_FOLDER=/elsewhere expect 0 '  path: /elsewhere/x' recipe.yaml
expect 0 'output_dir: runs/first' recipe.yaml
expect 0 'output_dir: runs/second' recipe.yaml name=second
expect 0 '  lr: 0.25' recipe.yaml optimizer.lr=0.25
expect 0 '  batch_size: 16' recipe.yaml --changed
grep -q weight_decay out && fail "another type keeps the old one's parameters"
grep -q drop_last out && fail "--changed writes defaults"

# What is printed is itself a recipe that says the same.
"$dlrun" config recipe.yaml >resolved.yaml && "$dlrun" config resolved.yaml >again.yaml && cmp -s resolved.yaml again.yaml ||
  fail "the resolved recipe does not read back as itself"
"$dlrun" config recipe.yaml --changed >short.yaml && "$dlrun" config short.yaml >again.yaml && cmp -s resolved.yaml again.yaml ||
  fail "the recipe without defaults does not say the same"
shopt -s nullglob
for shipped in "$project"/recipes/*.yaml "$project"/tests/recipes/*.yaml; do
  "$dlrun" config "$shipped" >resolved.yaml && "$dlrun" config "$shipped" --changed >short.yaml &&
    "$dlrun" config short.yaml >again.yaml && cmp -s resolved.yaml again.yaml || fail "$shipped --changed does not say the same"
done
"$dlrun" config "$project/recipes/mlp_adult.yaml" --changed --json >out && grep -q '"optimizer":{"type":' out ||
  fail "config --changed --json lacks the optimizer: $(cat out)"
grep -q drop_last out && fail "--changed --json writes defaults"

expect 0 '  from:  recipe.yaml:9:11' recipe.yaml --why trainer.epochs
expect 0 '  from:  configs/small.yaml:2:23' recipe.yaml --why trainer.batch_size
expect 0 '  from:  configs/machine.yaml:3:12' recipe.yaml --why hardware.threads
expect 0 '  from:  argument trainer.epochs=7' recipe.yaml trainer.epochs=7 --why trainer.epochs
expect 0 '  from:  default' recipe.yaml --why trainer.shuffle
expect 0 'optimizer.lr: 0.5' recipe.yaml --why optimizer.lr
expect 0 '  takes: a number, more than 0; default 0.01' recipe.yaml --why optimizer.lr
DLRUN_TEST_FOLDER=/y expect 0 '  from:  recipe.yaml:5:25 (environment variable DLRUN_TEST_FOLDER)' recipe.yaml --why data.path
expect 2 'dlrun config: --why trainer.epoch: no such key; did you mean trainer.epochs?' recipe.yaml --why trainer.epoch
"$dlrun" config recipe.yaml --json | grep -q '^{"version":1,"recipe":{"version":1,"name":"first",' || fail "--json is not one line of JSON"

expect 78 "argument optimizer.lrr=0.1: optimizer.lrr: unknown key of sgd; did you mean 'lr'?" recipe.yaml optimizer.lrr=0.1
# Rules that join keys, also across blocks.
expect 78 "argument optimizer.nesterov=true: optimizer.nesterov: needs a momentum above 0 and a dampening of 0 (nesterov true, momentum 0, dampening 0)" \
  recipe.yaml optimizer.nesterov=true
expect 78 "argument lr_scheduler.min_lr=1: lr_scheduler.min_lr: must not be above the learning rate it falls from (lr_scheduler.min_lr 1, optimizer.lr 0.5)" \
  recipe.yaml lr_scheduler.type=cosine lr_scheduler.min_lr=1
expect 78 "argument trainer.micro_batch_size=5: trainer.micro_batch_size: must divide batch_size (micro_batch_size 5, batch_size 16)" \
  recipe.yaml trainer.micro_batch_size=5
expect 78 "argument regularization.early_stopping.patience=0: regularization.early_stopping.patience: must be at least 1, got 0" \
  recipe.yaml regularization.early_stopping.patience=0
expect 66 'missing.yaml: no such file' missing.yaml
expect 66 'configs: is a folder; a recipe is a YAML file' configs
printf '_base_: nowhere.yaml\nname: a\n' >bad.yaml
expect 66 'bad.yaml:1:9: _base_: nowhere.yaml: no such file' bad.yaml
printf '_base_: recipe.yaml\nname: a\n' >bad.yaml
# A recipe on another: all of it but whose it is; a name of its own; never two of them.
printf '_base_: recipe.yaml\nname: tuned\noptimizer: {lr: 0.125}\n' >child.yaml
"$dlrun" config child.yaml >whole || fail "a recipe on a recipe"
grep -qx 'name: tuned' whole && grep -q 'lr: 0.125' whole && grep -q 'type: sgd' whole && grep -qx 'output_dir: runs/tuned' whole ||
  fail "a recipe on a recipe is not the whole of both: $(cat whole)"
grep -q '^description: "*[A-Za-z]' whole && fail "a recipe on a recipe has the description of the other"
printf '_base_: child.yaml\nname: third\nseed: 5\n' >third.yaml
"$dlrun" config third.yaml | grep -q 'lr: 0.125' || fail "a recipe on a recipe on a recipe"
printf '_base_: recipe.yaml\nseed: 3\n' >bad.yaml
"$dlrun" config bad.yaml 2>&1 | grep -q 'bad.yaml:1:1: name: required' || fail "a recipe on a recipe without a name: $("$dlrun" config bad.yaml 2>&1)"
printf '_base_: [recipe.yaml, child.yaml]\nname: a\n' >bad.yaml
expect 78 "bad.yaml:1:23: _base_: child.yaml is a recipe, and so is recipe.yaml; a recipe builds on one other and on files of settings" bad.yaml
printf '_base_: [configs/a.yaml]\nname: a\n' >bad.yaml
printf '_base_: b.yaml\n' >configs/a.yaml
printf '_base_: a.yaml\n' >configs/b.yaml
"$dlrun" config bad.yaml 2>err && fail "a circle of _base_ is accepted"
grep -q '^configs/b.yaml:1:9: _base_: goes in a circle: .*bad.yaml -> .*configs/a.yaml -> .*configs/b.yaml -> .*configs/a.yaml$' err ||
  fail "a circle of _base_: $(cat err)"
printf '_base_: {a: 1}\nname: a\n' >bad.yaml
"$dlrun" config bad.yaml 2>&1 | grep -qx 'bad.yaml:1:9: _base_: expected a file or a list of files' || fail "a strange _base_"
# A mistake in a file below is reported where it is.
printf '_base_: configs/c.yaml\nname: a\ntask: classification\ndata: {type: idx, path: x}\narchitecture: mlp\noptimizer: sgd\n' >bad.yaml
printf 'trainer:\n  epohcs: 3\n' >configs/c.yaml
expect 78 "configs/c.yaml:2:3: trainer.epohcs: unknown key of trainer; did you mean 'epochs'?" bad.yaml

[ "$failures" = 0 ]
