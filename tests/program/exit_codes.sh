# docs/exit_codes.md says what `dlrun --help` says, code by code.
set -u
page=$(dirname "$0")/../../docs/exit_codes.md
said=$("$1" --help | sed -n '/^Exit codes:/,$p' | sed -n 's/^  \([0-9+n]*\)  *\(.*\)$/\1 \2/p')
written=$(sed -n 's/^| \([0-9+n]*\) | \([^|]*\) |.*/\1 \2/p' "$page")
[ "$(wc -l <<<"$said")" -ge 10 ] || { echo "no exit codes in --help"; exit 1; }
diff <(echo "$said") <(echo "$written") && echo "$(wc -l <<<"$said") codes agree"
