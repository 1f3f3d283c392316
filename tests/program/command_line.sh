# The command line: help, versions, wrong usage, streams and exit codes, as a shell sees them.
set -u
dlrun=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# expect CODE STDOUT-PATTERN STDERR-PATTERN ARGUMENTS...: patterns are for grep -E, "" means the stream stays empty.
expect() {
  local code=$1 out=$2 err=$3
  shift 3
  "$dlrun" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
  local got=$?
  local problem=
  [ "$got" = "$code" ] || problem="exit code $got instead of $code"
  for stream in out err; do
    local pattern=${!stream}
    if [ -z "$pattern" ]; then
      [ -s "$scratch/$stream" ] && problem="std$stream is not empty: $(head -3 "$scratch/$stream")"
    elif ! grep -qE -- "$pattern" "$scratch/$stream"; then
      problem="std$stream lacks '$pattern': $(head -3 "$scratch/$stream")"
    fi
  done
  [ -z "$problem" ] || { echo "dlrun $*: $problem"; failures=$((failures + 1)); }
}

expect 0 '^dlrun [0-9]+\.[0-9]+\.[0-9]+$' '' --version
expect 0 '^Usage: dlrun VERB' '' --help
expect 0 '^Usage: dlrun VERB' '' -h
expect 0 '^Usage: dlrun VERB' '' help
expect 2 '' '^Usage: dlrun VERB'
expect 2 '' "unknown verb 'trian'; did you mean 'train'\?" trian
expect 2 '' "unknown verb 'x.yaml'; to train it: dlrun train x.yaml" x.yaml
expect 2 '^{"event":"error","version":1,"exit_code":2,"message":"dlrun: no verb given' 'no verb given' --json
for verb in train eval predict export replay validate config list describe schema; do
  expect 0 '^Examples:' '' "$verb" --help
  expect 0 '^Exit codes:' '' help "$verb"
  expect 2 '' "dlrun $verb: unknown option '--nonsense'" "$verb" x --nonsense
done
expect 2 '' 'RECIPE is required' train
expect 2 '' 'RUN is required' eval
expect 2 '' "unknown option '--resum'; did you mean '--resume'\?" train x.yaml --resum
expect 2 '' 'overridden without dashes: optimizer.lr=0.1' train x.yaml --optimizer.lr=0.1
expect 2 '' '--samples: expected a whole number of at least 1, got ten' predict runs/x --samples ten
expect 2 '' '--temperature: expected a number of at least 0, got -1' predict runs/x --temperature -1
expect 2 '' "unexpected argument 'y'" schema y

# Flags of every verb may also stand before it.
expect 0 '^  adamw ' '' -q list optimizer
expect 0 '"name":"adamw"' '' --json list optimizer

expect 0 '^architecture$' '' list
expect 2 '' "no kind is called 'optimiser'; did you mean 'optimizer'\?" list optimiser
expect 0 'dropout: a number, between 0 and 1' '' describe mlp
expect 0 '^sgd: an optimizer\.' '' describe optimizer/sgd
expect 0 '^sgd: an optimizer\.' '' describe optimizer
expect 0 '^With optimizer.type sgd:' '' describe optimizer.lr
expect 0 '^  optimizer.lr: a number, more than 0; default 0.001' '' describe optimizer.lr
expect 2 '' "no component, kind or key is called 'optimizer.lrr'" describe optimizer.lrr
expect 0 'trainer.batch_size: an integer, at least 1' '' describe trainer
expect 0 '^  trainer.batch_size: ' '' describe trainer.batch_size
expect 0 '"kind":"architecture","name":"mlp"' '' describe mlp --json
expect 2 '' "called 'mpl'; did you mean 'mlp'\?" describe mpl
expect 0 '"\$schema": "http://json-schema.org/draft-07/schema#"' '' schema

# A result that cannot be written is a failure; a reader that leaves is none of ours.
"$dlrun" schema >/dev/full 2>"$scratch/err"
[ $? = 74 ] && grep -q 'cannot write to stdout: No space left' "$scratch/err" ||
  { echo "a full stdout is not noticed"; failures=$((failures + 1)); }
("$dlrun" schema; echo $? >"$scratch/code") 2>"$scratch/err" | head -1 >/dev/null
[ "$(cat "$scratch/code")" = 141 ] && [ ! -s "$scratch/err" ] ||
  { echo "a closed stdout: code $(cat "$scratch/code"), $(cat "$scratch/err")"; failures=$((failures + 1)); }

# Lines fit the terminal.
longest=$(COLUMNS=60 "$dlrun" describe mlp | awk 'length > n { n = length } END { print n }')
[ "$longest" -le 60 ] || { echo "describe writes $longest columns where there are 60"; failures=$((failures + 1)); }

# Without the engine the verbs that compute say so, and the others work.
cp "$dlrun" "$scratch/dlrun"
"$scratch/dlrun" list >/dev/null || { echo "list needs the engine"; failures=$((failures + 1)); }
"$scratch/dlrun" train x.yaml 2>"$scratch/err"
[ $? = 66 ] && grep -q 'libdlrun_engine.so: no such file beside the program' "$scratch/err" ||
  { echo "a missing engine: $(cat "$scratch/err")"; failures=$((failures + 1)); }
echo "not a library" >"$scratch/libdlrun_engine.so"
"$scratch/dlrun" train x.yaml 2>"$scratch/err"
[ $? = 66 ] && grep -q 'cannot be loaded' "$scratch/err" ||
  { echo "a broken engine: $(cat "$scratch/err")"; failures=$((failures + 1)); }

[ "$failures" = 0 ]
