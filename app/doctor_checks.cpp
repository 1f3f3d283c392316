// What the doctor looks at: the machine by what the system says, the engine by loading it.

#include "doctor_checks.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/child_process.h"
#include "base/control_groups.h"
#include "base/energy.h"
#include "base/files.h"
#include "base/memory.h"
#include "base/units.h"
#include "engine.h"
#include "gallery.h"
#include "report/about.h"

namespace dlrun {
namespace {

using Finding = DoctorFinding;
using State = Finding::State;

constexpr uint64_t gibibyte = uint64_t{1} << 30;

std::string first_line(const std::string& path) {
  std::string line;
  std::getline(std::ifstream(path) >> std::ws, line);
  return line;
}

void examine_program(std::vector<Finding>& findings) {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  findings.push_back({"program", State::good, "dlrun " DLRUN_VERSION ", " + program, ""});
  const std::string home = gallery_home();
  if (home.empty())
    findings.push_back({"recipes", State::note,
                        "those that come with dlrun are neither in ../share/dlrun nor in .. of it",
                        "keep the program in its tree, and link to it from elsewhere"});
  else
    findings.push_back({"recipes", State::good, fmt::format("{} in {}", gallery().size(), home + "/recipes"), ""});
}

void examine_plugins(const About& about, std::vector<Finding>& findings) {
  for (const About::Plugin& plugin : about.plugins) {
    const bool of_gpus = plugin.file == "libdlrun_cuda.so" || plugin.file == "libdlrun_nccl.so";
    if (of_gpus && about.gpus.empty()) continue;  // told with the GPU
    Finding finding{"plugin", State::good, plugin.file + " " + plugin.does, ""};
    if (!plugin.problem.empty()) {
      finding = {"plugin", State::note, plugin.file + " (" + plugin.does + "): " + plugin.problem, ""};
      finding.remedy =
          plugin.file == "libdlrun_formats.so"
              ? "needed for such pictures alone: build with OpenCV (libopencv-imgcodecs-dev), or convert them"
          : plugin.file == "libdlrun_arrow.so"
              ? "needed for such tables alone: pip install 'pyarrow==25.0.*' beside dlrun's wheel, or scripts/setup.sh "
                "parquet and build again"
              : "install the library it names, or dlrun again";
    }
    findings.push_back(finding);
  }
  if (!about.onnxruntime.empty())
    findings.push_back({"onnxruntime", State::good, about.onnxruntime, ""});
  else if (!about.onnxruntime_problem.empty())
    findings.push_back({"onnxruntime", State::note, about.onnxruntime_problem, "unset or correct DLRUN_ONNXRUNTIME"});
  else
    findings.push_back({"onnxruntime", State::good, "none; exported models are compared by dlrun alone",
                        "for a second opinion: pip install onnxruntime, and its capi folder in DLRUN_ONNXRUNTIME"});
}

void examine_gpus(const About& about, std::vector<Finding>& findings) {
  const std::string driver = first_line("/proc/driver/nvidia/version");
  if (!driver.empty()) findings.push_back({"driver", State::good, driver, ""});
  for (size_t i = 0; i < about.gpus.size(); ++i)
    findings.push_back({"gpu", State::good, fmt::format("{}: {}", i, about.gpus[i]), ""});
  if (!about.gpus.empty()) return;
  const bool wanted = !driver.empty();  // a machine without a driver is one without a GPU, and nothing is wrong with it
  findings.push_back({"gpu", wanted ? State::note : State::good, about.gpu_problem,
                      wanted ? "until then trainings run on the processor (hardware.accelerator: cpu)" : ""});
}

void examine_engine(About& about, std::vector<Finding>& findings) {
  try {
    call_engine("dlrun_about", AboutOptions{&about});
  } catch (const UserError& error) {
    findings.push_back({"engine", State::bad, error.what(), "no verb that computes works until then", error.code()});
    return;
  }
  findings.push_back({"engine", State::good, "revision " + (about.revision.empty() ? "unknown" : about.revision), ""});
  findings.push_back({"libtorch", State::good, about.libtorch + ", " + about.libtorch_file, ""});
  examine_plugins(about, findings);
  if (about.gloo_problem.empty())
    findings.push_back({"processes", State::good, "several can train together on processors, over Gloo", ""});
  else
    findings.push_back({"processes", State::note, about.gloo_problem, "needed for hardware.devices above 1 alone"});
  examine_gpus(about, findings);
}

void examine_processors(const About& about, std::vector<Finding>& findings) {
  const int64_t allowed = allowed_processors();
  const double granted = control_group_processors("/sys/fs/cgroup", own_control_groups());
  if (!about.processor.empty()) {
    const bool slow = about.capability == "DEFAULT";
    findings.push_back(
        {"processor", slow ? State::note : State::good, about.processor + ", kernels for " + about.capability,
         slow ? "it has no AVX2, or ATEN_CPU_CAPABILITY hides it: trainings take several times longer" : ""});
  }
  std::string found = fmt::format("{} of {} processors may be used", allowed, sysconf(_SC_NPROCESSORS_CONF));
  if (granted > 0) found += fmt::format(", and the time of {:.3g} of them (control group)", granted);
  if (about.threads > 0) found += fmt::format("; computations take {} threads", about.threads);
  const int64_t useful = std::max<int64_t>(
      1, granted > 0 ? std::min<int64_t>(allowed, static_cast<int64_t>(std::ceil(granted))) : allowed);
  const bool many = about.threads > useful;
  findings.push_back({"threads", many ? State::note : State::good, found,
                      many ? fmt::format("more than there is time for makes all of them wait: hardware.threads: {}, or "
                                         "OMP_NUM_THREADS={}",
                                         useful, useful)
                           : ""});
}

// What trainings tell of it, where they can.
void examine_energy(std::vector<Finding>& findings) {
  const EnergyProblem problem = rapl_problem();
  if (!problem.what.empty()) {
    findings.push_back(
        {"energy", problem.remedy.empty() ? State::good : State::note, "not known: " + problem.what, problem.remedy});
    return;
  }
  std::string names;
  for (const EnergyCounter& counter : rapl_counters()) names += (names.empty() ? "" : ", ") + counter.name;
  findings.push_back({"energy", State::good, "counted by " + names, ""});
}

void examine_memory(std::vector<Finding>& findings) {
  const auto limit = static_cast<uint64_t>(machine_memory());
  uint64_t machine = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::string found = bytes_text(limit) + " may be used";
  if (limit < machine) found += " of " + bytes_text(machine) + " (control group or ulimit)";
  const bool little = limit < 2 * gibibyte;
  findings.push_back({"memory", little ? State::note : State::good, found,
                      little ? "enough for small networks alone; describe RECIPE says what a training takes" : ""});
  rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  const bool few = files.rlim_cur < 256;
  findings.push_back({"open files", few ? State::note : State::good,
                      files.rlim_cur == RLIM_INFINITY ? "no limit" : fmt::format("at most {}", files.rlim_cur),
                      few ? "ulimit -n 1024" : ""});
}

void examine_folder(const std::string& what, const std::string& folder, bool needed, std::vector<Finding>& findings) {
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    findings.push_back({what, needed ? State::bad : State::note, folder + ": cannot be written to",
                        needed ? "change into a folder that can, or give output_dir" : "TMPDIR names another",
                        ExitCode::cannot_write});
    return;
  }
  const uint64_t free = FileSystem::instance().free_space(folder);
  const bool little = free < gibibyte;
  findings.push_back({what, little ? State::note : State::good, bytes_text(free) + " free in " + folder,
                      little ? "a run keeps several checkpoints: each twice to three times the weights" : ""});
}

void examine_shared_memory(std::vector<Finding>& findings) {
  struct statvfs space;
  if (statvfs("/dev/shm", &space) != 0) {
    findings.push_back({"shared memory", State::note, "there is no /dev/shm",
                        "wanted by GPUs that train together alone; containers: mount a tmpfs there"});
    return;
  }
  const uint64_t size = static_cast<uint64_t>(space.f_blocks) * space.f_frsize;
  const bool little = size < gibibyte / 4;
  findings.push_back({"shared memory", little ? State::note : State::good, bytes_text(size) + " in /dev/shm",
                      little ? "wanted by GPUs that train together alone; containers: --shm-size=1g" : ""});
}

}  // namespace

std::vector<DoctorFinding> examine() {
  std::vector<Finding> findings;
  About about;
  examine_program(findings);
  examine_engine(about, findings);
  examine_processors(about, findings);
  examine_energy(findings);
  examine_memory(findings);
  examine_folder("disk", ".", /*needed=*/true, findings);
  const char* temporary = std::getenv("TMPDIR");
  examine_folder("temporary", temporary && *temporary ? temporary : "/tmp", /*needed=*/false, findings);
  examine_shared_memory(findings);
  return findings;
}

}  // namespace dlrun
