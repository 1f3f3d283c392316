// dlrun completion: what a shell needs to complete dlrun's command lines. The scripts are short: each asks the program,
// which answers from its own declarations in a few milliseconds.

#include <iostream>
#include <map>

#include "base/terminal.h"
#include "base/text.h"
#include "completion.h"
#include "verb.h"

namespace dlrun {
namespace {

// bash-completion splits words at '=' and ':', so the line is taken as it was typed, and what stands before the '=' is
// taken off again.
constexpr const char* bash_script =
    R"script(# dlrun for bash: source it, or keep it as bash-completion/completions/dlrun.
_dlrun() {
  local words cur=${COMP_LINE:0:COMP_POINT} line
  read -r -a words <<<"$cur"
  [[ $cur == *[[:space:]] ]] && words+=("")
  cur=${words[-1]}
  COMPREPLY=()
  local last=$cur
  [[ $cur == *=* ]] && last=${cur##*=}
  while IFS=$'\t' read -r line _; do
    case $line in
      :folders) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$last"); compopt -o filenames ;;
      :files) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$last"); compopt -o filenames ;;
      :files*)
        local file
        while IFS= read -r file; do
          if [[ -d $file ]] || [[ " ${line#:files } " == *" .${file##*.} "* ]]; then COMPREPLY+=("$file"); fi
        done < <(compgen -f -- "$last")
        compopt -o filenames ;;
      *=) COMPREPLY+=("$line"); compopt -o nospace ;;
      *) if [[ $cur == *=* ]]; then COMPREPLY+=("${line#*=}"); else COMPREPLY+=("$line"); fi ;;
    esac
  done < <("${words[0]}" completion words -- "${words[@]:1}" 2>/dev/null)
}
complete -F _dlrun dlrun
)script";

constexpr const char* zsh_script = R"script(#compdef dlrun
# dlrun for zsh: keep it as _dlrun in a folder of $fpath.
_dlrun() {
  local -a answers keys
  local line word doc
  while IFS= read -r line; do
    word=${line%%$'\t'*} doc=${line#*$'\t'}
    case $word in
      :folders) _files -/ ;;
      :files) _files ;;
      :files*) _files -g "*(${(j:|:)${=word#:files }})" ;;
      *=) keys+=("${word//:/\\:}:$doc") ;;
      *) answers+=("${word//:/\\:}:$doc") ;;
    esac
  done < <("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#keys )) && _describe -t keys key keys -S ''
  (( $#answers )) && _describe -t words word answers
}
if [ "$funcstack[1]" = _dlrun ]; then _dlrun "$@"; else compdef _dlrun dlrun; fi
)script";

constexpr const char* fish_script = R"script(# dlrun for fish: keep it as ~/.config/fish/completions/dlrun.fish.
function __dlrun_words
  set -l typed (commandline -opc) (commandline -ct)
  for line in ($typed[1] completion words -- $typed[2..-1] 2>/dev/null)
    switch $line
      case ':folders*'
        __fish_complete_directories (commandline -ct)
      case ':files*'
        __fish_complete_path (commandline -ct)
      case '*'
        echo $line
    end
  end
end
complete -c dlrun -f -a '(__dlrun_words)'
)script";

std::string one_line(const std::string& doc) {
  std::string line = visible(doc, false);
  return line.substr(0, line.find(". "));
}

int completion(const std::string& shell, const std::vector<std::string>& words) {
  const std::map<std::string, const char*> scripts = {
      {"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
  if (const auto script = scripts.find(shell); script != scripts.end()) {
    std::cout << script->second;
    return 0;
  }
  for (const Completion& one : complete(words)) std::cout << one.word << "\t" << one_line(one.doc) << "\n";
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  auto words = std::make_shared<std::vector<std::string>>();
  app.add_option("SHELL", *shell, "bash, zsh or fish: its script; words: what could stand next, for the scripts")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish", "words"}));
  app.add_option("WORDS", *words, "Of words: behind --, the command line so far")->type_name("");
  return [shell, words] { return completion(*shell, *words); };
}

const RegisteredVerb verb{{"completion",
                           "Print the script with which a shell completes verbs, options, keys and recipes",
                           "source <(dlrun completion bash)\n"
                           "dlrun completion zsh > ~/.zfunc/_dlrun\n"
                           "dlrun completion fish > ~/.config/fish/completions/dlrun.fish",
                           define}};

}  // namespace
}  // namespace dlrun
