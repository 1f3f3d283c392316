// Directives, one command, and what becomes of its exit code.

#include "job_script.h"

#include <algorithm>

#include "base/error.h"
#include "base/shell.h"
#include "base/text.h"

namespace dlrun {

std::vector<std::pair<std::string, std::string>> slurm_options(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const std::string& part : split(text, ',')) {
    const size_t equals = part.find('=');
    if (equals == 0 || (equals == std::string::npos && options.empty()) || part.find('\n') != std::string::npos)
      throw UserError(ExitCode::usage, "--slurm: expected options of sbatch as partition=main,time=01:00:00, got \"" +
                                           part + "\"; one without a value is written exclusive=");
    if (equals == std::string::npos)
      options.back().second += "," + part;
    else
      options.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return options;
}

std::string job_script(const Job& job) {
  std::string text = "#!/bin/bash\n";
  const auto given = [&](const std::string& name) {
    return std::any_of(job.options.begin(), job.options.end(),
                       [&](const auto& option) { return option.first == name; });
  };
  const auto directive = [&](const std::string& name, const std::string& value) {
    text += "#SBATCH --" + name + (value.empty() ? "" : "=" + shell_word(value)) + "\n";
  };
  const auto otherwise = [&](const std::string& name, const std::string& value) {
    if (!given(name)) directive(name, value);
  };
  for (const auto& [name, value] : job.options) directive(name, value);
  otherwise("job-name", job.name);
  otherwise("nodes", std::to_string(job.nodes));
  otherwise("ntasks-per-node", std::to_string(job.ranks_per_node));
  if (job.threads > 0) otherwise("cpus-per-task", std::to_string(job.threads));
  otherwise("signal", "USR1@" + std::to_string(job.lead_seconds));
  otherwise("requeue", "");
  otherwise("open-mode", "append");
  otherwise("output", "slurm-%j.out");
  otherwise("chdir", job.folder);

  std::vector<std::string> words;
  for (const std::string& word : job.command) words.push_back(shell_word(word));
  text +=
      "\n# A step has one processor for each task unless it is told; Slurm 22.05 and later do not inherit it.\n"
      "export SRUN_CPUS_PER_TASK=${SLURM_CPUS_PER_TASK:-1}\n"
      "export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$SRUN_CPUS_PER_TASK}\n"
      "srun --kill-on-bad-exit=0 " +
      join(words, " ") +
      " --resume\n"
      "code=$?\n"
      "# 75: interrupted, with a good checkpoint. A job that is cancelled is killed before it comes here.\n"
      "[ \"$code\" != 75 ] || scontrol requeue \"$SLURM_JOB_ID\"\n"
      "exit \"$code\"\n";
  return text;
}

}  // namespace dlrun
