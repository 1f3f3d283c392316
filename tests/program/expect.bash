# What a command says and how it ends. Sourced; a script that sources it exits with $failed.

failed=0

# expect CODE TEXT COMMAND...: exit code and a text somewhere in the output.
expect() {
  local code=$1 text=$2 output status
  shift 2
  output=$("$@" 2>&1 </dev/null)
  status=$?
  if [ "$status" != "$code" ] || ! grep -qF -- "$text" <<<"$output"; then
    printf 'FAILED: %s\n  exit code %s, expected %s; looked for "%s" in:\n%s\n' "$*" "$status" "$code" "$text" "$output"
    failed=1
  fi
}
