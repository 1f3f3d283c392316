#!/usr/bin/env bash
# logging.mlflow beside servers that refuse, are busy, never answer or answer nonsense: the training ends as without one,
# with the same bits, and dlrun mlflow tells the run later, once. What a real server understands: mlflow_oracle.sh.
# usage: tests/program/mlflow.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/expect.bash"
source "$here/tests/program/compare.bash"
command -v python3 >/dev/null || { echo "SKIP: no python3 to answer requests"; exit 4; }
unset "${!MLFLOW_@}" DLRUN_OFFLINE http_proxy HTTP_PROXY all_proxy ALL_PROXY
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; failed=1; }
cd "$work" || exit 1

echo good >mode
python3 "$here/tests/program/mlflow_stub.py" mode requests >port & server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
uri=http://127.0.0.1:$(cat port)

awk 'BEGIN { print "x,z,y"; for (i = 1; i <= 80; i++) print i "," i * 7 % 13 "," i * 2 }' >table.csv
cat >small.yaml <<YAML
version: 1
name: small
task: regression
data: {type: csv, path: table.csv, target: y, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [8]}
optimizer: {type: adam, lr: 0.01}
trainer: {batch_size: 16, epochs: 5}
logging: {every_n_steps: 1, report: false, mlflow: {uri: $uri, every_seconds: 1, wait_seconds: 2}}
hardware: {threads: 1}
YAML
weights() { sha256sum "$1"/checkpoints/step-*/rank-0.safetensors | cut -c-64 | sort -u; }
expect 0 "test" "$dlrun" train small.yaml output_dir=without logging.mlflow=null

for case in "busy:sends the rest" "silent:sends the rest" "closes:sends the rest" "refuses:answers 400: no \\x1B[31m such" "nonsense:answers something else than MLflow does"; do
  mode=${case%%:*}
  echo "$mode" >mode
  : >requests
  expect 0 "${case#*:}" timeout 120 "$dlrun" train small.yaml output_dir="$mode"
  [ "$(weights "$mode")" = "$(weights without)" ] || fail "$mode: other weights than without a server"
  [ -s requests ] || fail "$mode: nothing was asked"
  expect 74 "MLflow at $uri" timeout 120 bash -c 'echo busy >mode; exec "$@"' - "$dlrun" mlflow "$mode"
  echo good >mode
  : >requests
  expect 0 "has all of it, as run r1" "$dlrun" mlflow "$mode"
  [ "$(grep -c runs/create requests)" = 1 ] || fail "$mode: $(grep -c runs/create requests) runs were made"
  python3 - requests "$mode/metrics.jsonl" <<'PY' || fail "$mode: what was told is not what metrics.jsonl says"
import collections, json, sys
got, wanted = collections.Counter(), collections.Counter()
for line in open(sys.argv[1]):
    request = json.loads(line)
    if not request["path"].endswith("log-batch"):
        continue
    body = json.loads(request["body"])
    assert len(body["metrics"]) <= 1000 and len(body["params"]) <= 100
    for metric in body["metrics"]:
        got[metric["key"], metric["step"], metric["value"]] += 1
for line in open(sys.argv[2]):
    record = json.loads(line)
    if record["event"] in ("step", "validation", "test"):
        for key, value in record.items():
            if key in ("step", "epoch", "event") or (record["event"] != "step" and "/" not in key):
                continue
            key = "train_step/" + key[6:] if record["event"] == "step" and key.startswith("train/") else key
            wanted[key, record["step"], value] += 1
assert wanted and got == wanted, (got - wanted, wanted - got)
PY
  : >requests
  expect 0 "has all of it" "$dlrun" mlflow "$mode"
  grep -q 'log-batch\|runs/create' requests && fail "$mode: told twice"
done
echo good >mode
expect 0 "which it does not take itself: 3 files of s3" "$dlrun" train small.yaml output_dir=s3
sed -i 's#"run_id"#"known"#' s3/mlflow.json
expect 65 "s3/mlflow.json: run_id" "$dlrun" mlflow s3

# A training that fails or is stopped tells it too; its own code stays.
: >requests
expect 76 "" "$dlrun" train small.yaml output_dir=diverged optimizer.lr=1e30 data.target_scaling=none
grep runs/update requests | grep -q FAILED || fail "a training that failed is not told as one: $(grep runs/update requests)"
: >requests
"$dlrun" train small.yaml output_dir=stopped trainer.epochs=1000000 >/dev/null 2>&1 & pid=$!
until grep -q log-batch requests; do kill -0 $pid 2>/dev/null || break; sleep 0.05; done
expect 73 "is writing this run" "$dlrun" mlflow stopped
kill -TERM $pid
wait $pid
[ $? = 75 ] || fail "a training that was stopped ended with another code"
grep -q 'FINISHED\|FAILED' requests && fail "a training that goes on was told as ended"

# Secrets go into requests, never into files or words.
: >requests
MLFLOW_TRACKING_TOKEN=canary-token expect 0 "test" "$dlrun" train small.yaml output_dir=token
grep -q "Bearer canary-token" requests || fail "the token is not sent"
MLFLOW_TRACKING_USERNAME=me MLFLOW_TRACKING_PASSWORD=canary-word "$dlrun" mlflow without --uri "$uri" -v >said 2>&1
grep -q "Basic $(printf 'me:canary-word' | base64)" requests || fail "user and password are not sent"
grep -rl "canary" token without said && fail "a secret stands in a file"
sed 's/"authorization": .*//' requests | grep canary && fail "a secret is told as something else"

# What is wrong with the settings is an error before anything is written.
expect 78 "names no server" "$dlrun" train small.yaml output_dir=none 'logging.mlflow={experiment: a}'
expect 78 "must be a server's address" "$dlrun" train small.yaml output_dir=none logging.mlflow.uri=example.org
expect 78 "MLFLOW_TRACKING_PASSWORD" "$dlrun" train small.yaml output_dir=none logging.mlflow.uri=http://a:canary@b
"$dlrun" train small.yaml output_dir=none logging.mlflow.uri=http://a:canary@b 2>&1 | grep canary && fail "a password is told"
expect 78 "expected name=value" "$dlrun" train small.yaml output_dir=none 'logging.mlflow.tags=[a]'
[ ! -e none ] || fail "what is refused made a run folder"
mkdir empty
expect 66 "no run" "$dlrun" mlflow empty
expect 66 "DLRUN_OFFLINE is set" env DLRUN_OFFLINE=1 "$dlrun" mlflow token
mkdir broken
: >broken/libcurl.so.4
: >broken/libcurl-gnutls.so.4
expect 66 "libcurl cannot be loaded" env LD_LIBRARY_PATH="$work/broken" "$dlrun" mlflow without --uri "$uri"

exit $failed
