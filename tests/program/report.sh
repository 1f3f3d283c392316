#!/usr/bin/env bash
# report: a page of one run, of several, of members; what is in it and what is not; looked at in a browser where one is.
# usage: tests/program/report.sh DLRUN
set -u
dlrun=$1
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$(dirname "$0")/expect.bash"
fail() { echo "FAILED: $*"; failed=1; }
has() { grep -qF -- "$2" "$1" || fail "$1 lacks: $2"; }
lacks() { ! grep -qF -- "$2" "$1" || fail "$1 has: $2"; }

awk 'BEGIN { srand(3); print "a,b,kind"; for (i = 0; i < 200; i++) { a = rand(); b = rand();
  printf "%.4f,%.4f,%s\n", a, b, (a + b + 0.4 * rand() > 1.2) ? "over" : "under" } }' >"$work/table.csv"
cat >"$work/r.yaml" <<YAML
version: 1
name: first <b>&"run"
description: A page with <script>alert(1)</script> in it.
task: classification
output_dir: $work/one
data: {type: csv, path: $work/table.csv, target: kind, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [6]}
optimizer: {type: adam, lr: 0.02}
trainer: {epochs: 5, batch_size: 16}
logging: {every_n_steps: 2}
hardware: {threads: 1}
YAML
"$dlrun" train "$work/r.yaml" >/dev/null 2>&1 || fail "training"
"$dlrun" train "$work/r.yaml" optimizer.lr=0.2 "output_dir=$work/two" name=second >/dev/null 2>&1 || fail "training"

# A training leaves the page and the curves by itself, and the numbers as CSV where asked to.
[ -s "$work/one/report.html" ] && [ -s "$work/one/curves.svg" ] && [ -s "$work/one/overview.json" ] || fail "the training left no report"
[ ! -e "$work/one/metrics.csv" ] || fail "the training wrote metrics.csv, which nobody asked for"
has "$work/one/curves.svg" '>loss</text>'
has "$work/one/curves.svg" '>val</text>'
if command -v python3 >/dev/null; then
  python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' "$work/one/curves.svg" || fail "curves.svg is no XML"
fi
expect 0 "next:" "$dlrun" train "$work/r.yaml" --overwrite logging.report=false logging.csv=true
[ ! -e "$work/one/report.html" ] && [ ! -e "$work/one/curves.svg" ] || fail "logging.report=false leaves a report"
[ "$(wc -l <"$work/one/metrics.csv")" -eq $((1 + $(grep -cE '"event":"(step|validation|test)"' "$work/one/metrics.jsonl"))) ] ||
  fail "metrics.csv has not a row for each record"
recorded=$(grep '"event":"validation"' "$work/one/metrics.jsonl" | grep -o '"val/loss":[^,]*' | cut -d: -f2)
told=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "val/loss") at = i; next } $1 == "validation" { print $at }' "$work/one/metrics.csv")
[ "$recorded" = "$told" ] || fail "metrics.csv has other numbers than metrics.jsonl"
# Energy where a counter says it, with its name; nothing where none does.
grep -q energy "$work/one/metrics.jsonl" && fail "energy of a machine that does not count it"
zone=$work/powercap/intel-rapl:0
mkdir -p "$zone" && echo package-0 >"$zone/name" && echo 1000000000 >"$zone/max_energy_range_uj" && echo 999999000 >"$zone/energy_uj"
for used in $(seq 2000000 1000000 900000000); do echo "$used" >"$zone/.next" && mv "$zone/.next" "$zone/energy_uj" && sleep 0.02; done &
counts=$!
expect 0 "(RAPL package-0; whoever computes on this machine)" env DLRUN_POWERCAP="$work/powercap" "$dlrun" train "$work/r.yaml" "output_dir=$work/counted"
kill "$counts" && wait "$counts" 2>/dev/null
has "$work/counted/report.html" "J (RAPL package-0, of the whole machine)"
joules=$(sed -n 's/.*"event":"test".*"energy_joules":\([0-9]*\).*/\1/p' "$work/counted/metrics.jsonl")
[ "${joules:-0}" -ge 1 ] && [ "$joules" -lt 1000 ] || fail "the energy of a counter that went around is '$joules' J"
# What cannot be written fails no training, and is said once.
mkdir "$work/one/report.html"
expect 0 "not all of its report is written" "$dlrun" train "$work/r.yaml" --overwrite
rmdir "$work/one/report.html" && echo mine >"$work/mine.html" && ln -s "$work/mine.html" "$work/one/report.html"
expect 0 "report.html: is a link" "$dlrun" train "$work/r.yaml" --overwrite
[ "$(cat "$work/mine.html")" = mine ] || fail "a training wrote through a link"
rm "$work/one/report.html"
"$dlrun" train "$work/r.yaml" --overwrite >/dev/null 2>&1 || fail "training"

expect 0 "report: $work/one/report.html" "$dlrun" report "$work/one"
page=$work/one/report.html
has "$page" 'first &lt;b&gt;&amp;&quot;run&quot;'
has "$page" 'A page with &lt;script&gt;alert(1)&lt;/script&gt; in it.'
lacks "$page" '<script>alert'
has "$page" "test/accuracy"
has "$page" '<b>lr</b>'
# What it saw of the held-out samples when it ended, and of data and layers, without the data.
for part in Classes Samples Data Layers; do has "$page" "<h2>$part</h2>"; done
has "$page" '<td>classes</td><td class="text">2: over, under</td>'
expect 0 "report: $work/one/evaluated.html" "$dlrun" report "$work/one" --evaluate -o "$work/one/evaluated.html"
has "$work/one/evaluated.html" '<h2>Classes</h2>'
has "$work/one/evaluated.html" 'samples of test, checkpoint best'
has "$work/one/evaluated.html" '<td>over</td>'
has "$work/one/evaluated.html" '<h2>Samples</h2>'
has "$work/one/evaluated.html" '<h2>Layers</h2>'
has "$work/one/evaluated.html" 'linear'
# The worst samples are those whose true class has the least chance, with its negative logarithm as their loss.
"$dlrun" predict "$work/one" --split test --samples 1000 --json >"$work/predicted" 2>/dev/null || fail "predict"
if command -v python3 >/dev/null; then
  python3 - "$work/predicted" "$work/one/evaluated.html" <<'PY' || fail "the samples of the page are not those of predict"
import json, math, re, sys
losses = []
for line in open(sys.argv[1]):
    record = json.loads(line)
    if record.get("event", "prediction") != "prediction":
        continue
    losses.append((-math.log(record["probabilities"][record["true"]]), record["true"]))
losses.sort(reverse=True)
page = open(sys.argv[2]).read()
worst, drawn = page.split("<h3>The worst</h3>")[1].split("<h3>Drawn at random</h3>")
shown = re.findall(r"<b>loss ([^<]*)</b> <small[^>]*>([^<]*)</small><q>[^<]*</q><br>is (\w+)", worst)
assert len(shown) == 12, shown
for (loss, truth), (told, name, is_) in zip(losses, shown):
    assert abs(float(told) - loss) < 2e-3 * max(1, loss) and truth == is_, (loss, truth, told, name, is_)
drawn = re.findall(r"<b>loss ([^<]*)</b>", drawn)
assert len(drawn) == 12 and all(min(abs(float(d) - loss) for loss, _ in losses) < 2e-3 for d in drawn)
PY
fi
"$dlrun" train "$here/recipes/cnn_fashion_mnist_small.yaml" trainer.max_steps=3 trainer.epochs=null "output_dir=$work/pictures" data.path="$here/recipes/data/fashion_mnist_small" hardware.threads=1 >/dev/null 2>&1 || fail "training on pictures"
expect 0 "report:" "$dlrun" report "$work/pictures" --evaluate
[ "$(grep -o '<img alt="" src="data:image/png;base64' "$work/pictures/report.html" | wc -l)" = 24 ] || fail "the page of pictures has not 24 pictures"
has "$work/pictures/report.html" 'Of 2,000 samples of test'
expect 2 "--evaluate: is for one run" "$dlrun" report "$work/one" "$work/two" --evaluate
page=$work/one/evaluated.html
# Nothing of it comes from elsewhere.
grep -Eq '(src|href)="[^d#]' "$page" && fail "the page asks for another file"
# Each number of the table is that of result.json, to five digits.
accuracy=$(grep -o '"test/accuracy": [0-9.]*' "$work/one/result.json" | head -1 | cut -d' ' -f2)
has "$page" "<td>$(printf '%.5g' "$accuracy")<br><small>"
# Its interval is that of eval.
"$dlrun" eval "$work/one" --json >"$work/evaluated" 2>/dev/null || fail "eval"
interval=$(sed -n 's/.*"low":\([0-9.]*\),"high":\([0-9.]*\),.*/\1 \2/p' "$work/evaluated")
has "$page" "<br><small>$(LC_ALL=C printf '%.4g to %.4g' $interval)</small>"
# All points of the loss are in the chart.
steps=$(grep -c '"event":"step"' "$work/one/metrics.jsonl")
[ "$(grep -o 'data-chart="[^"]*" *><figcaption><b>loss' "$page" | sed 's/&quot;/"/g' | grep -o '"lines":.*' | grep -o '\[[0-9.]*,[0-9.]*\]' | wc -l)" -eq $((steps + 5)) ] ||
  fail "the chart of the loss has not all of its $steps + 5 points"

expect 0 "report: $work/both.html" "$dlrun" report "$work/one" "$work/two" -o "$work/both.html"
has "$work/both.html" "<tr><td>optimizer.lr</td><td>0.02</td><td>0.2</td></tr>"
lacks "$work/both.html" "<tr><td>trainer.epochs</td>"
has "$work/both.html" 'aria-label="parallel coordinates"'
has "$work/both.html" 'the best val/accuracy of its validations, higher is better'
if ldconfig -p | grep -q librsvg-2; then
  [ "$(head -c 4 "$work/one/curves.png" | tail -c 3)" = PNG ] || fail "the training left no curves.png"
  expect 0 "curves: $work/both.png" "$dlrun" report "$work/one" "$work/two" -o "$work/both.html" --png "$work/both.png"
  [ "$(head -c 4 "$work/both.png" | tail -c 3)" = PNG ] || fail "--png wrote no PNG"
else
  expect 66 "Install it (Debian: librsvg2-2)" "$dlrun" report "$work/one" -o "$work/both.html" --png "$work/both.png"
fi
expect 0 '{"event":"report","version":1,' "$dlrun" report "$work/one" --json
# A training that was killed within a line.
cp -r "$work/one" "$work/killed" && rm "$work/killed/report.html" && rm "$work/killed/result.json" && printf '{"event":"st' >>"$work/killed/metrics.jsonl"
expect 0 "report:" "$dlrun" report "$work/killed"
has "$work/killed/report.html" "not finished"
has "$work/killed/report.html" "1 lines of metrics.jsonl cannot be read"
"$dlrun" train "$work/r.yaml" repeat.seeds=2 "output_dir=$work/members" name=m >/dev/null 2>&1 || fail "training"
has "$work/members/report.html" "<h1>2 runs</h1>"
[ -s "$work/members/members/2/report.html" ] || fail "a member has no report"
rm "$work/members/report.html"
expect 0 "report:" "$dlrun" report "$work/members"
has "$work/members/report.html" "<h1>2 runs</h1>"
expect 66 "no such folder" "$dlrun" report "$work/none"
# A page in a run folder does not stand in the way of another training there.
expect 0 "next:" "$dlrun" train "$work/r.yaml" --overwrite

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "skipped: no browser (chromium) to look at the pages with"
  exit $failed
}
# As it is drawn: charts, no errors, nothing wider than the window, in the colours that are asked for. In a frame, because no window of a browser is
# narrower than 500 pixels.
looked_at() {  # looked_at PAGE WIDTH light|dark
  local scheme=1 paper="rgb(255, 255, 255)"
  [ "$3" = light ] || { scheme=0 && paper="rgb(13, 17, 23)"; }
  { printf '<!doctype html><body style="margin:0"><iframe width="%s" height="900" style="border:0" srcdoc="' "$2"
    sed 's/&/\&amp;/g; s/"/\&quot;/g' "$1"
    cat <<'HTML'
"></iframe><script>document.querySelector('iframe').onload = event => {
  const shown = event.target.contentDocument, page = shown.documentElement;
  document.body.dataset.seen = [page.clientWidth, page.scrollWidth, event.target.contentWindow.getComputedStyle(shown.body).backgroundColor,
    shown.querySelectorAll('figure svg').length > 0].join(';');
};</script></body>
HTML
  } >"$work/seen.html"
  "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/browser" --blink-settings=preferredColorScheme=$scheme --window-size=1700,1200 \
    --hide-scrollbars --enable-logging=stderr --v=0 --virtual-time-budget=2000 --dump-dom "file://$work/seen.html" >"$work/dom.html" 2>"$work/browser.log"
  grep -E "CONSOLE.*(Error|error)" "$work/browser.log" && fail "$1 at $2: the browser has errors"
  grep -qF "data-seen=\"$2;$2;$paper;true\"" "$work/dom.html" || fail "$1 at $2, $3: the browser shows $(grep -o 'data-seen="[^"]*"' "$work/dom.html")"
}
for page in "$work/both.html" "$work/members/report.html" "$work/pictures/report.html"; do
  for width in 400 800 1600; do looked_at "$page" $width light; done
  looked_at "$page" 400 dark
done
exit $failed
