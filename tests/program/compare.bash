# Two runs compared byte for byte: the weights of every checkpoint kept, and the metrics without their clock fields.

# From the one list in the source: a new clock field needs no change here.
clock_fields=$(sed -n '/clock_fields = {/,/};/p' "$(dirname "${BASH_SOURCE[0]}")/../../src/run/metrics_stream.h" |
  grep -o '"[a-z_]*"' | tr -d '"' | paste -sd'|')
[ -n "$clock_fields" ] || { echo "no clock_fields in the source"; exit 1; }

without_clock() { sed -E "s/,\"($clock_fields)\":(\"[^\"]*\"|[^,}]*)//g" "$1"; }

# same_run WHOLE RUN: 0 when they are equal.
same_run() {
  local step file
  diff <(ls "$1/checkpoints") <(ls "$2/checkpoints") || return 1
  [ "$(ls "$1/checkpoints" | wc -l)" -gt 0 ] || { echo "no checkpoints to compare"; return 1; }
  for step in "$1"/checkpoints/step-*; do
    diff <(cd "$step" && ls) <(cd "$2/checkpoints/${step##*/}" && ls) || return 1
    for file in "$step"/rank-*.safetensors; do
      cmp "$file" "$2/checkpoints/${step##*/}/${file##*/}" || return 1
    done
  done
  [ "$(wc -l < "$1/metrics.jsonl")" -ge 5 ] || { echo "hardly any metrics to compare"; return 1; }
  diff <(without_clock "$1/metrics.jsonl") <(without_clock "$2/metrics.jsonl")
}

# alike_run RUN RUN: the same records, and numbers that rounding alone makes different.
alike_run() {
  paste -d'\n' <(without_clock "$1/metrics.jsonl") <(without_clock "$2/metrics.jsonl") | awk '
  { line = $0; names = ""; count = 0
    while (match(line, /"[^"]*":(-?[0-9][0-9.e+-]*|"[^"]*")/)) {
      pair = substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
      split(pair, part, /":/); names = names part[1] " "; value[NR % 2, ++count] = part[2]
    }
    if (NR % 2) { expected = names; next }
    if (names != expected) { print "other records: " expected "; " names; exit 1 }
    for (i = 1; i <= count; ++i) {
      a = value[1, i]; b = value[0, i]
      if (a == b) continue
      apart = a > b ? a - b : b - a
      if (a ~ /"/ || apart > 1e-4) { print "line " NR / 2 ": " a " and " b; exit 1 }
      if (apart > worst) worst = apart
    }
    lines++ }
  END { if (lines < 50) { print "hardly anything compared: " lines + 0; exit 1 } print lines " records, at most " worst + 0 " apart" }'
}
