// dlrun submit: a training as a job of a cluster.

#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "base/error.h"
#include "base/log.h"
#include "base/numbered_folder.h"
#include "catalog_data.h"
#include "job_script.h"
#include "spec/compose.h"
#include "spec/node_of.h"
#include "spec/read.h"
#include "spec/scalar.h"
#include "spec/write.h"
#include "verb.h"

namespace dlrun {
namespace {

namespace fs = std::filesystem;

struct SubmitOptions : CommonOptions {
  std::string recipe, slurm;
  std::vector<std::string> overrides;
  int64_t lead = 120;
  bool print = false;
};

const Node& value_of(const Node& recipe, const char* group, const char* key) {
  const Node* const inner = *group ? recipe.find(group) : &recipe;
  return *inner->find(key);
}

int64_t number_of(const Node& recipe, const char* key) {
  return parse_integer(value_of(recipe, "hardware", key).text).value_or(1);
}

// A job that is queued again goes on in the folder it began in, so its number is chosen before. `folder` takes it,
// where the job is one.
std::string number_of_job(const std::string& output_dir, std::unique_ptr<NumberedFolder>& folder, bool print) {
  std::string path;
  if (print) {
    path = next_numbered(output_dir);
    log_info("output_dir: " + path + " is the next number now; nothing keeps it free for this script");
  } else {
    folder = std::make_unique<NumberedFolder>(output_dir);
    path = folder->path();
  }
  return "output_dir=" + value_text(&path);
}

Job job_of(const SubmitOptions& options, std::unique_ptr<NumberedFolder>& folder) {
  const std::shared_ptr<Params> params = new_recipe();
  read_file(options.recipe, {options.overrides}, *params);
  const Node recipe = node_of(*params);
  Job job;
  job.options = slurm_options(options.slurm);
  job.name = value_of(recipe, "", "name").text;
  job.nodes = number_of(recipe, "num_nodes");
  job.ranks_per_node = number_of(recipe, "devices");
  job.threads = number_of(recipe, "threads");
  job.lead_seconds = options.lead;
  job.folder = fs::current_path().string();
  job.command = {fs::read_symlink("/proc/self/exe").string(), "train", fs::absolute(options.recipe).string()};
  job.command.insert(job.command.end(), options.overrides.begin(), options.overrides.end());
  if (const std::string& output_dir = value_of(recipe, "", numbered_key).text; is_numbered(output_dir))
    job.command.push_back(number_of_job(output_dir, folder, options.print));
  return job;
}

// sbatch reads the script from its stdin and keeps a copy: scontrol write batch_script JOB.
void submit_script(const std::string& script) {
  std::cout.flush();
  std::signal(SIGPIPE, SIG_IGN);  // Where it ends before it has read all, its code says why.
  FILE* const sbatch = popen("sbatch", "w");
  if (!sbatch) throw UserError(ExitCode::no_resources, "sbatch: cannot be started");
  const bool written = std::fwrite(script.data(), 1, script.size(), sbatch) == script.size();
  const int status = pclose(sbatch);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw UserError(ExitCode::no_input,
                    "sbatch: not found: this machine submits no Slurm jobs. --print shows the "
                    "script, for a machine that does.");
  if (status != 0 || !written)
    throw UserError(ExitCode::usage, "sbatch did not take the job; its own message says why (--slurm, --print)");
}

int submit(const SubmitOptions& options) {
  std::unique_ptr<NumberedFolder> folder;
  const std::string script = job_script(job_of(options, folder));
  if (options.print)
    std::cout << script;
  else
    submit_script(script);
  if (folder) folder->keep();  // empty, until the job begins
  return 0;
}

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<SubmitOptions>();
  add_recipe_options(app, options->recipe, options->overrides);
  app.add_option("--slurm", options->slurm, "Options of sbatch by their long names: partition=main,time=01:00:00")
      ->required()
      ->type_name("KEY=VALUE,...");
  app.add_option("--lead", options->lead, "Seconds before the end of the job's time at which it is told to checkpoint")
      ->check(whole_number(1));
  app.add_flag("--print", options->print, "Only print the job script");
  add_common_options(app, *options);
  return [options] { return submit(*options); };
}

const RegisteredVerb verb{{"submit", "Train a recipe as a Slurm job that starts again until it is finished",
                           "dlrun submit recipe.yaml --slurm partition=main,time=01:00:00\n"
                           "dlrun submit recipe.yaml --slurm partition=main,time=01:00:00 hardware.devices=4 --print",
                           define}};

}  // namespace
}  // namespace dlrun
