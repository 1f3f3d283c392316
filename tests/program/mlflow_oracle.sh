#!/usr/bin/env bash
# What a real MLflow server knows of a run is what its folder says: of one told while it trained, of one that was killed
# and went on, of one told later, of one without a server at first. The server runs on the loopback.
# Needs DLRUN_PYTHON, a Python with mlflow; skipped without. usage: DLRUN_PYTHON=python tests/program/mlflow_oracle.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/expect.bash"
python=${DLRUN_PYTHON:-}
if [ -z "$python" ] || ! "$python" -c 'import mlflow' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with mlflow"
  exit 4
fi
unset "${!MLFLOW_@}" DLRUN_OFFLINE http_proxy HTTP_PROXY all_proxy ALL_PROXY
work=$(mktemp -d)
server=
trap 'kill -- -$server 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; failed=1; }
cd "$work" || exit 1

port=$((20000 + RANDOM % 20000))
uri=http://127.0.0.1:$port
set -m
"$python" -m mlflow server --host 127.0.0.1 --port $port --workers 1 --backend-store-uri "sqlite:///$work/db" \
  --artifacts-destination "$work/artifacts" --serve-artifacts >server.log 2>&1 &
server=$!
set +m
answers() { "$python" -c "import urllib.request; urllib.request.urlopen('$uri/health', timeout=2)" 2>/dev/null; }
for _ in $(seq 180); do answers && break; kill -0 $server 2>/dev/null || break; sleep 1; done
answers || { echo "FAILED: mlflow server does not start:"; tail -20 server.log; exit 1; }

awk 'BEGIN { print "x,z,y"; for (i = 1; i <= 80; i++) print i "," i * 7 % 13 "," i * 2 }' >table.csv
cat >small.yaml <<YAML
version: 1
name: small
description: of a test
task: regression
data: {type: csv, path: table.csv, target: y, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [8]}
optimizer: {type: adam, lr: 0.01}
trainer: {batch_size: 16, epochs: 20}
checkpoint: {min_seconds: 0}
logging: {every_n_steps: 1, mlflow: {uri: $uri, experiment: tables, tags: [team=a=b], every_seconds: 1}}
hardware: {threads: 1}
YAML
read_back() { MLFLOW_TRACKING_URI=$uri "$python" "$here/tests/oracles/mlflow_run.py" "$uri" "$@" >log 2>&1 && cat log || { fail "$*"; cat log; }; }

expect 0 "test" "$dlrun" train small.yaml output_dir=whole
read_back whole tables FINISHED
expect 0 "has all of it" "$dlrun" mlflow whole
read_back whole tables FINISHED

# Made longer: the same run goes on there. What is a parameter there stays what it was.
expect 0 "test" "$dlrun" train small.yaml output_dir=whole trainer.epochs=25 --resume
read_back whole tables FINISHED

# Killed behind a checkpoint, once numbers were told: those that are made again are not told twice.
"$dlrun" train small.yaml output_dir=killed trainer.epochs=100000 logging.mlflow.every_seconds=1 >log 2>&1 </dev/null &
pid=$!
for _ in $(seq 600); do grep -q '"step": [1-9]' killed/mlflow.json 2>/dev/null && break; sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
step=$(tail -n 2 killed/metrics.jsonl | sed -n '1s/.*"step":\([0-9]*\),.*/\1/p')
expect 0 "test" "$dlrun" train small.yaml output_dir=killed trainer.epochs=$((step / 3 + 10)) --resume
read_back killed tables FINISHED

# Without a word to a server, and offline: told later.
expect 0 "test" "$dlrun" train small.yaml output_dir=silent logging.mlflow=null
sed -i 's/^  mlflow: null/  mlflow: {tags: [team=a=b]}/' silent/recipe.yaml
expect 0 "has all of it" "$dlrun" mlflow silent --uri "$uri/" --experiment later
read_back silent later FINISHED
expect 0 "dlrun mlflow off tells it later" env DLRUN_OFFLINE=1 "$dlrun" train small.yaml output_dir=off
[ ! -e off/mlflow.json ] || fail "a run that was offline was told"
expect 0 "has all of it" env MLFLOW_EXPERIMENT_NAME=none "$dlrun" mlflow off
read_back off tables FINISHED

# A server that is not there yet: the training does not wait for it.
expect 0 "sends the rest" "$dlrun" train small.yaml output_dir=early logging.mlflow.uri=http://127.0.0.1:9 logging.mlflow.wait_seconds=1
expect 0 "has all of it" "$dlrun" mlflow early --uri "$uri"
read_back early tables FINISHED

exit $failed
