#!/usr/bin/env bash
# A table that pandas wrote as CSV and as Parquet, Feather and Arrow trains to the same numbers; predictions that are
# written as such are what pyarrow reads; a build without the plugin says what to install.
# Needs libdlrun_arrow.so in the build and DLRUN_PYTHON, a Python with pyarrow and pandas; skipped without.
# usage: DLRUN_PYTHON=python tests/program/parquet_oracle.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(pwd)
. tests/program/expect.bash
python=${DLRUN_PYTHON:-}
fail() { echo "FAILED: $*"; failed=1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Without the plugin: the program beside everything but it.
mkdir bare
cp -r --symbolic-link "$(dirname "$dlrun")"/{dlrun,libdlrun_*.so} bare/
rm -f bare/libdlrun_arrow.so bare/dlrun
cp "$dlrun" bare/
printf 'PAR1' >t.parquet
cat >t.yaml <<YAML
version: 1
name: t
task: regression
data: {type: csv, path: t.parquet, target: y}
architecture: {type: mlp, widths: [8]}
optimizer: {type: adam, lr: 0.01}
trainer: {batch_size: 64, epochs: 2}
YAML
expect 66 "t.parquet: Parquet, Arrow and Feather need libdlrun_arrow.so" bare/dlrun train t.yaml
expect 66 "pip install 'pyarrow==25.0.*'" bare/dlrun train t.yaml
if [ ! -f "$(dirname "$dlrun")/libdlrun_arrow.so" ]; then
  echo "skipped: no libdlrun_arrow.so in this build"
  [ $failed = 0 ] && exit 4 || exit 1
fi
expect 65 "t.parquet: cannot be read, being damaged, cut short or encrypted" "$dlrun" train t.yaml
if [ -z "$python" ] || ! "$python" -c 'import pyarrow.parquet, pandas' 2>/dev/null; then
  echo "skipped: DLRUN_PYTHON names no Python with pyarrow and pandas"
  [ $failed = 0 ] && exit 4 || exit 1
fi

adult=${DLRUN_TEST_DATA:-none}/adult/adult-train.csv
"$python" - "$adult" <<'PY' || fail "pandas"
import os, sys
import numpy as np, pandas
if os.path.exists(sys.argv[1]):
    frame = pandas.read_csv(sys.argv[1], skipinitialspace=True, nrows=4000)
    frame.columns = [f"c{i}" for i in range(len(frame.columns) - 1)] + ["income"]
else:
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({"c0": rng.normal(size=4000), "c1": rng.integers(0, 9, 4000), "c2": rng.choice(["a", "b", "?"], 4000)})
    frame["income"] = np.where(frame.c0 + frame.c1 > 4, ">50K", "<=50K")
frame["when"] = pandas.Timestamp("2024-01-01") + pandas.to_timedelta(np.arange(len(frame)) * 4567, unit="s")
frame["real"] = np.random.default_rng(1).normal(size=len(frame))
frame.loc[::17, "real"] = np.nan
frame.to_csv("t.csv", index=False)
frame.to_parquet("t.parquet", row_group_size=1000)
frame.iloc[:1500].to_parquet("part-1.parquet", compression="zstd")
frame.iloc[1500:].reset_index(drop=True).to_parquet("part-2.parquet", compression="gzip")
frame.to_feather("t.feather")
PY
for file in t.csv t.parquet t.feather "part-*.parquet"; do
  run="run-${file//[*.]/_}"
  cat >r.yaml <<YAML
version: 1
name: adult
task: classification
data: {type: csv, path: "$file", target: income, val: {split: 0.2}, test: {split: 0.2}}
architecture: {type: mlp, widths: [16]}
optimizer: {type: adam, lr: 0.01}
trainer: {batch_size: 64, epochs: 2}
logging: {report: false}
hardware: {threads: 1}
YAML
  expect 0 "" "$dlrun" train r.yaml output_dir="$run"
  sed 's/"samples_per_second":[^,}]*//g' "$run/metrics.jsonl" | grep -oE '"(train|val|test)/loss":[0-9.e+-]*' >"$run.losses"
  [ "$(wc -l <"$run.losses")" -ge 4 ] || fail "$file: no losses"
  cmp -s "$run.losses" run-t_csv.losses || fail "$file trains to other losses than CSV: $(diff "$run.losses" run-t_csv.losses)"
done

# New rows, and predictions that other programs read.
expect 0 "rows.parquet" "$dlrun" predict run-t_parquet t.parquet -o rows.parquet
expect 0 "rows.csv" "$dlrun" predict run-t_parquet t.csv -o rows.csv
expect 0 "rows.feather" "$dlrun" predict run-t_parquet part-1.parquet part-2.parquet -o rows.feather
expect 0 "rows.arrow" "$dlrun" predict run-t_parquet t.feather -o rows.arrow
"$python" - <<'PY' || fail "predictions are not what the table of text says"
import pandas, pyarrow.ipc
text, parquet, feather = pandas.read_csv("rows.csv"), pandas.read_parquet("rows.parquet"), pandas.read_feather("rows.feather")
with pyarrow.ipc.open_file("rows.arrow") as file:
    arrow = file.read_all().to_pandas()
assert len(text) == 4000 and parquet["index"].dtype == "int64" and parquet["probability"].dtype == "float64", parquet.dtypes
for other in (parquet, feather, arrow):
    assert list(other.columns) == list(text.columns)
    for name in text.columns:
        if name != "sample":
            assert (other[name] == text[name]).all(), name
assert parquet["sample"][6] == "t.parquet row 7" and feather["sample"][1500] == "part-2.parquet row 1", parquet["sample"][6]
PY
expect 0 "the files hold the answers" "$dlrun" predict run-t_parquet t.parquet
expect 0 "income" "$dlrun" advise t.parquet --target income
expect 78 "data.separator: t.parquet is no text" "$dlrun" validate t.yaml data.separator=comma data.target=real

exit $failed
