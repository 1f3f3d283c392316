#!/usr/bin/env bash
# Completion as the shells ask for it, and the manual pages. usage: tests/program/completion.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() { echo "FAILED: $*"; failed=1; }
cd "$work" || exit 1

# has WORD WORDS...: among what could be the last of the words.
has() {
  local word=$1
  shift
  "$dlrun" completion words -- "$@" | cut -f1 | grep -qxF -- "$word" || fail "'$*' does not offer $word: $("$dlrun" completion words -- "$@" | head -5)"
}
only() {
  local count=$1
  shift
  [ "$("$dlrun" completion words -- "$@" | wc -l)" = "$count" ] || fail "'$*' offers $("$dlrun" completion words -- "$@" | wc -l) words, not $count"
}
has train ''
has train t
only 1 trai
has ':files .yaml .yml' train ''
has --resume train --re
has --json list --js
has optimizer.lr= train x.yaml optimizer.l
has optimizer=adamw train x.yaml optimizer=a
has trainer.on_divergence=rollback train x.yaml trainer.on_divergence=
has architecture.pretrained= train x.yaml y=1 architecture.pre
has ':folders' eval ''
has val compare a b --split ''
only 3 compare a b --split ''
has mlp_abalone cp mlp_ab
has optimizer list opti
has mlp describe ml
has regression advise x.csv --task r
only 0 schema ''
only 0 unknown ''
# Every verb of the help, and every option of every verb, is offered.
for verb in $("$dlrun" --help | sed -n '/^Verbs:/,/^$/ s/^  \([a-z]*\) .*/\1/p'); do
  has "$verb" "$verb"
  for option in $("$dlrun" "$verb" --help | sed -n 's/^ *\(-[a-z],\)\?\(--[a-z-]*\).*/\2/p'); do has "$option" "$verb" "$option"; done
done

# The script of bash, in bash: words, keys with nothing behind '=', values behind it, files.
"$dlrun" completion bash >dlrun.bash
bash -n dlrun.bash || fail "the script of bash is none"
touch a.yaml b.txt
mkdir folder
PATH=$(dirname "$dlrun"):$PATH
completes() {  # completes LINE: COMPREPLY for it
  bash -c 'source dlrun.bash; compopt() { :; }; COMP_LINE=$1 COMP_POINT=${#1}; _dlrun; printf "%s\n" "${COMPREPLY[@]}"' _ "$1"
}
[ "$(completes 'dlrun trai')" = train ] || fail "bash: trai"
[ "$(completes 'dlrun train ' | sort | tr '\n' ' ')" = "a.yaml folder " ] || fail "bash: files of train: $(completes 'dlrun train ')"
[ "$(completes 'dlrun train a.yaml optimizer.layer')" = optimizer.layer_decay= ] || fail "bash: keys: $(completes 'dlrun train a.yaml optimizer.layer')"
completes 'dlrun train a.yaml optimizer=adam' | grep -qx adamw || fail "bash: values"
[ "$(completes 'dlrun eval ')" = folder ] || fail "bash: folders"
for shell in zsh fish; do
  "$dlrun" completion $shell >dlrun.$shell || fail "no script for $shell"
  if command -v $shell >/dev/null; then $shell -n dlrun.$shell || fail "the script of $shell is none"; else echo "not tried: $shell is not here"; fi
done
# As the shells make of it.
if command -v fish >/dev/null; then
  [ "$(fish -c 'source dlrun.fish; complete -C "dlrun trai"' | cut -f1)" = train ] || fail "fish: trai"
  fish -c 'source dlrun.fish; complete -C "dlrun train a.yaml optimizer.layer"' | grep -q '^optimizer.layer_decay=' || fail "fish: keys"
fi
if command -v zsh >/dev/null; then
  cat >ask.zsh <<'ZSH'
zmodload zsh/zpty
zpty asked zsh -f -i
said() { local part; all=; while zpty -r -m asked part "*$1*"; do all+=$part; break; done; print -r -- "$all$part"; }
zpty -w asked "PS1=; stty -echo; autoload -Uz compinit && compinit -u -d $PWD/dump; source $PWD/dlrun.zsh; bindkey '^X' show-line
show-line() { print -r -- \"<<\$BUFFER>>\"; zle kill-buffer }; zle -N show-line; echo rea''dy"
said ready >/dev/null
zpty -w -n asked "$1"$'\t\x18'
said '<<*>>' | sed -n 's/.*<<\(.*\)>>.*/\1/p' | head -n 1
zpty -d asked
ZSH
  asked() { timeout 30 zsh -f ask.zsh "$1"; }
  [ "$(asked 'dlrun trai')" = "dlrun train " ] || fail "zsh: trai gives '$(asked 'dlrun trai')'"
  [ "$(asked 'dlrun train a.yaml optimizer.layer')" = "dlrun train a.yaml optimizer.layer_decay=" ] || fail "zsh: keys"
  [ "$(asked 'dlrun eval ')" = "dlrun eval folder/" ] || fail "zsh: folders"
fi
"$dlrun" completion tcsh >/dev/null 2>&1 && fail "a script for a shell nobody wrote one for"

# A page for each verb, which man understands.
"$dlrun" reference --man man1 || fail "no manual pages"
for verb in $("$dlrun" --help | sed -n '/^Verbs:/,/^$/ s/^  \([a-z]*\) .*/\1/p'); do [ -s "man1/dlrun-$verb.1" ] || fail "no page for $verb"; done
if command -v groff >/dev/null; then
  for page in man1/*.1; do
    said=$(groff -man -ww -z -Tutf8 "$page" 2>&1)
    [ -z "$said" ] || fail "$page: $said"
  done
  groff -man -Tutf8 -rLL=100n man1/dlrun-train.1 | sed 's/\x1b\[[0-9;]*m//g' | grep -q 'dlrun train recipe.yaml optimizer.lr=3e-4' || fail "the page of train lacks its examples"
else
  echo "not tried: groff is not here"
fi
exit $failed
