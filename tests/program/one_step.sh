# A step is written once: one file of the source calls backward(), one applies an update, one runs a task's turn.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
failures=0

# only PATTERN FILE...: the pattern stands in these files of src/ and in no other.
only() {
  local pattern=$1 found
  shift
  found=$(cd "$root" && grep -rlE --include='*.cpp' --include='*.h' --include='*.cu' -- "$pattern" src | sort | tr '\n' ' ')
  if [ "$found" != "$(printf '%s ' "$@")" ]; then
    echo "'$pattern' stands in: $found"
    echo "  and should in: $*"
    failures=$((failures + 1))
  fi
}

only '[.>]backward\((gradient)?\)' src/step/passes.cpp
only 'parameters(\(\)|_)?(->|\.)step\(' src/step/step.cpp
only 'optimizer_?(->|\.)step\(' src/optim/flat_parameters.cpp
only 'task->turn\(' src/step/step.cpp
only 'task->evaluate\(' src/step/step.cpp

[ $failures -eq 0 ] && echo "a step is written once"
exit $((failures > 0))
