# Files as they really are: folders of somebody else, devices, pipes, links, closed folders and streams, limits, hostile
# names. Nothing is deleted that dlrun did not write, nothing waits for ever, and each has its code and its words.
# usage: files.sh DLRUN
set -u
dlrun=$(readlink -f "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/expect.bash"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
wrong() { echo "FAILED: $*"; failed=1; }
sums() { find "$1" -type f ! -name .dlrun-lock -exec md5sum {} + | sort; }

printf 'x,y\n' >t.csv
for i in $(seq 40); do echo "$i,$((2 * i))"; done >>t.csv
printf 'x\n3\n' >new.csv
cat >r.yaml <<YAML
version: 1
name: a
task: regression
output_dir: run
data: {type: csv, path: t.csv, target: y, val: {split: 0.2}}
architecture: mlp
optimizer: adamw
trainer: {epochs: 2, batch_size: 16}
hardware: {threads: 1}
YAML
expect 0 "" "$dlrun" train r.yaml -q

# A folder of somebody else's is refused, under whatever names, and stays as it is.
mkdir -p mine/pictures mine/samples mine/checkpoints
for name in recipe.yaml log.txt metrics.jsonl result.json pictures/cat.png samples/notes.txt checkpoints/mine.pt; do
  echo "mine: $name" >"mine/$name"
done
before=$(sums mine)
for flag in "" --overwrite --resume; do
  expect 73 "holds no run (it has checkpoints, log.txt, metrics.jsonl and 4 more)" "$dlrun" train r.yaml output_dir=mine $flag
done
[ "$(sums mine)" = "$before" ] || wrong "a folder of somebody else's changed"
[ -e mine/.dlrun-lock ] && wrong "a refused training left its lock"
# In a run folder too.
cp -r run kept
echo mine >kept/pictures.txt
mkdir kept/pictures kept/export
echo mine >kept/pictures/cat.png
echo mine >kept/export/model.onnx
ln -s ../t.csv kept/link.csv
expect 0 "" "$dlrun" train r.yaml output_dir=kept --overwrite -q
for name in pictures.txt pictures/cat.png export/model.onnx; do
  [ "$(cat "kept/$name" 2>&1)" = mine ] || wrong "--overwrite took $name"
done
[ -L kept/link.csv ] || wrong "--overwrite took a link"
expect 73 "model.onnx: is there already, and dlrun did not write it" "$dlrun" export kept --format onnx
# What is refused does not cost the run that is there.
before=$(sums run)
expect 78 "" "$dlrun" train r.yaml --overwrite optimizer.lr=-1
expect 66 "" "$dlrun" train r.yaml --overwrite data.path=gone.csv
[ "$(sums run)" = "$before" ] || wrong "a refused --overwrite changed the run"

# Output onto devices, pipes and links.
mkfifo pipe
cat pipe >read &
expect 0 "" timeout 60 "$dlrun" predict run new.csv -o pipe -q
wait $!
[ -p pipe ] && [ -s read ] || wrong "predict -o did not write through a pipe"
echo old >target
ln -s target link
ln -s missing dangling
expect 0 "" "$dlrun" predict run new.csv -o link -q
expect 0 "" "$dlrun" predict run new.csv -o dangling -q
[ -L link ] && [ -L dangling ] && [ -s missing ] && ! grep -q old target || wrong "a link was replaced"
"$dlrun" predict run new.csv -o /dev/stdout -q 2>&1 | grep -q '"event":"prediction"' || wrong "predict -o /dev/stdout"
echo before >log
"$dlrun" predict run new.csv -o /dev/stdout -q >>log 2>&1
grep -q before log && grep -q prediction log || wrong "predict -o /dev/stdout >>log replaced the file"
if mknod null c 1 3 2>/dev/null; then
  expect 0 "" "$dlrun" predict run new.csv -o null -q
  [ -c null ] || wrong "a device became a file"
else
  echo "skipped: no right to make a device"
fi
ls -a | grep -q dlrun-tmp && wrong "temporary files were left"

# A pipe, a device, a folder where a file is read: an error at once. What the shell hands over is read.
for path in pipe /dev/zero; do
  for arguments in "validate $path" "train $path" "import $path -o o.safetensors" "eval $path" \
    "train r.yaml output_dir=other architecture.pretrained=$path" "validate r.yaml data.path=$path"; do
    timeout -k 2 20 "$dlrun" $arguments >out 2>&1 </dev/null
    code=$?
    case $code in 65 | 66 | 78) ;; *) wrong "$arguments: exit code $code: $(tail -1 out)" ;; esac
  done
done
"$dlrun" validate /dev/stdin <r.yaml >out 2>&1 || wrong "validate /dev/stdin: $(cat out)"
"$dlrun" validate <(cat r.yaml) >out 2>&1 || wrong "validate <(...): $(cat out)"
cp -r run piped
rm piped/metrics.jsonl
mkfifo piped/metrics.jsonl
expect 73 "metrics.jsonl: is no plain file" timeout 20 "$dlrun" train piped --resume trainer.epochs=3

# Checkpoints: damage is told, all of it is no fresh start, and fewer steps than done are no finished run.
cp -r run damaged
for file in damaged/checkpoints/*/rank-0.safetensors; do : >"$file"; done
before=$(sums damaged)
expect 65 "every checkpoint in it is damaged" "$dlrun" train damaged --resume trainer.epochs=9
expect 65 "every checkpoint in it is damaged" "$dlrun" eval damaged
[ "$(sums damaged)" = "$before" ] || wrong "a run whose checkpoints are all damaged was changed"
cp -r run unreadable
for file in unreadable/checkpoints/*/rank-0.safetensors; do rm "$file"; ln -s round "$(dirname "$file")/round"; ln -s round "$file"; done
before=$(sums unreadable)
expect 74 "nothing was changed" "$dlrun" train unreadable --resume trainer.epochs=9
[ "$(sums unreadable)" = "$before" ] || wrong "a run that cannot be read was changed"
expect 78 "has made 4 steps, and by this recipe it ends after 2" "$dlrun" train run --resume trainer.epochs=1
[ -s run/result.json ] || wrong "fewer steps took the result away"
# A finished run that is made longer and killed early is not finished: a longer recipe never stands beside an old result.
for pause in 0.1 0.3 0.5 0.7 0.9 1.2; do
  rm -rf longer
  cp -r run longer
  "$dlrun" train longer --resume trainer.epochs=100000 -q >out 2>&1 </dev/null &
  process=$!
  sleep $pause
  kill -9 $process 2>/dev/null
  wait $process 2>/dev/null
  grep -q 'epochs: 100000' longer/recipe.yaml && [ -e longer/result.json ] &&
    wrong "killed after $pause s: the result of the shorter run stands beside the longer recipe"
done
# From before there were markers.
cp -r run old
rm old/.dlrun-*
expect 0 "" "$dlrun" train old --resume trainer.epochs=3 -q
[ -s old/.dlrun-run.json ] || wrong "an old run that goes on has no marker"

# Closed streams: nothing else gets their numbers.
"$dlrun" train r.yaml output_dir=closed 0<&- 1>&- 2>&-
code=$?
[ $code = 0 ] || wrong "closed streams: exit code $code"
grep -vq '^{' closed/metrics.jsonl && wrong "closed streams: metrics.jsonl holds other text"
# A limit on the size of files is an error of writing.
(ulimit -f 2; "$dlrun" train r.yaml output_dir=limited 'architecture={type: mlp, widths: [200, 200]}' >out 2>&1 </dev/null)
code=$?
[ $code = 74 ] && grep -q 'ulimit -f' out || wrong "a limit on the size of files: exit code $code: $(tail -1 out)"
# Names that lead nowhere.
ln -s round round
long=$(printf 'x%.0s' $(seq 300))
for path in round round/deeper "$long" "$long.yaml"; do
  for verb in validate train eval predict export describe "data check" config; do
    "$dlrun" $verb "$path" >out 2>&1 </dev/null
    code=$?
    case $code in 2 | 66) ;; *) wrong "$verb of ${path:0:20}: exit code $code: $(tail -1 out)" ;; esac
  done
done
mkdir gone
(cd gone && rmdir ../gone && "$dlrun" validate "$work/r.yaml" >"$work/out" 2>&1 </dev/null)
code=$?
[ $code = 66 ] || wrong "a working folder that is gone: exit code $code: $(tail -1 out)"
# Names cannot steer the terminal.
name=$'evil\033[31m\033]0;title\a.yaml'
"$dlrun" validate "$name" >out 2>&1
grep -q $'\033' out && wrong "an escape sequence of a name reached the terminal"
grep -q 'evil\\x1B\[31m' out || wrong "a name is not told as it is: $(cat out)"

# Secrets stay references.
sed 's|^output_dir.*|output_dir: secret\ndescription: "reads ${env:SHOP_TOKEN}"|' r.yaml >s.yaml
SHOP_TOKEN=hunter2-of-the-test "$dlrun" train s.yaml >out 2>&1 || wrong "a recipe with a secret: $(cat out)"
grep -q 'SHOP_TOKEN and not the value' out || wrong "that a reference is kept is not said: $(cat out)"
grep -rq hunter2 secret && wrong "the secret is in $(grep -rl hunter2 secret)"
SHOP_TOKEN=hunter2-of-the-test "$dlrun" export secret -q >out 2>&1 || wrong "export with a secret: $(cat out)"
grep -rq hunter2 secret && wrong "the secret was exported into $(grep -rl hunter2 secret)"
expect 78 "SHOP_TOKEN is not set" "$dlrun" eval secret

# Exported files say nothing of the folders of this machine.
"$dlrun" train r.yaml output_dir="$work/absolute" data.path="$work/t.csv" -q >out 2>&1 || wrong "absolute paths: $(cat out)"
for format in safetensors onnx; do
  "$dlrun" export absolute --format $format -o "$work/shared/$format" -q >out 2>&1 || wrong "export $format: $(tail -1 out)"
done
grep -rqF "$work" shared && wrong "the folder is in $(grep -rlF "$work" shared)"
[ -s shared/onnx/model.onnx ] && [ -s shared/safetensors/model.safetensors ] || wrong "nothing was exported"

# Out of memory is no mistake of dlrun's, and says how much was wanted.
(ulimit -v 3000000; "$dlrun" train r.yaml output_dir=large 'architecture={type: mlp, widths: [60000, 60000]}' \
  >out 2>&1 </dev/null)
code=$?
[ $code = 71 ] && grep -q 'out of memory: one tensor asked for 1[0-9.]* GiB' out && [ "$(wc -l <out)" -lt 20 ] ||
  wrong "out of memory: exit code $code: $(tail -2 out)"
exit $failed
