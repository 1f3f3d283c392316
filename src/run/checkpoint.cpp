// The commit rule: write aside, sync, describe, sync, rename, sync; delete only what is no longer needed.

#include "run/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "run/manifest.h"
#include "run/safetensors.h"

namespace dlrun {
namespace {

constexpr std::string_view prefix = "step-";
constexpr std::string_view unfinished = ".tmp";  // being written
constexpr std::string_view discarded = ".old";   // being deleted
constexpr const char* manifest_name = "manifest.json";

std::string rank_file(int64_t rank) { return fmt::format("rank-{}.safetensors", rank); }

// The step of "step-00000500" + ending.
std::optional<int64_t> step_of(std::string_view name, std::string_view ending) {
  if (!name.starts_with(prefix) || !name.ends_with(ending)) return std::nullopt;
  std::string_view digits = name.substr(prefix.size(), name.size() - prefix.size() - ending.size());
  bool plain = digits.size() >= 8 && digits.size() <= 18 &&
               std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain) return std::nullopt;
  return std::stoll(std::string(digits));
}

UserError damaged(const std::string& path, const std::string& what) {
  return UserError(ExitCode::bad_data, fmt::format("{}: this checkpoint is damaged: {}", path, what));
}

Manifest sound_manifest(const std::string& folder) {
  FileSystem& files = FileSystem::instance();
  std::string path = folder + "/" + manifest_name;
  if (!files.exists(path)) throw damaged(folder, "it has no manifest");
  Manifest manifest = read_manifest(path, read_text(path));
  manifest.checkpoint.folder = folder;
  for (const auto& [name, file] : manifest.files) {
    std::string data = folder + "/" + name;
    if (!files.exists(data)) throw damaged(data, "missing");
    uint64_t size = files.size(data);
    if (size != file.size) throw damaged(data, fmt::format("{} bytes, expected {}", size, file.size));
  }
  return manifest;
}

// Sizes and hashes of everything.
void verify(const std::string& folder) {
  Manifest manifest = sound_manifest(folder);
  for (const auto& [name, file] : manifest.files) {
    std::string path = folder + "/" + name;
    if (file_hash(path) != file.hash) throw damaged(path, "its hash does not match");
  }
}

// Whether `check` of this folder goes through; damage is told by `tell`. What cannot be read is not damaged: thrown on.
template <class Check>
bool sound(const std::string& folder, const Check& check, void (*tell)(const std::string&) = log_warning) {
  std::string problem;
  try {
    check();
    return true;
  } catch (const UserError& error) {
    problem = error.what();
    // A training that goes on may take a checkpoint away while it is looked at.
    if (error.code() != ExitCode::bad_data && FileSystem::instance().exists(folder))
      throw UserError(ExitCode::io_error, problem + ". The checkpoint may be whole: nothing was changed.");
  }
  tell(problem + "; passed over");
  return false;
}

// For clean-up while an error is on its way: that one is worth telling, a second one is not.
template <class Action>
void quietly(const Action& action) {
  try {
    action();
  } catch (const UserError&) {
  }
}

}  // namespace

uint64_t checkpoint_bytes(const State& state) {
  uint64_t bytes = 1 << 16;
  for (const auto& [name, tensor] : state.tensors) bytes += tensor.nbytes() + name.size() + 128;
  return bytes;
}

std::string CheckpointStore::path(int64_t step) const { return fmt::format("{}/{}{:08}", folder_, prefix, step); }

void CheckpointStore::recover() {
  FileSystem& files = FileSystem::instance();
  files.create_folders(folder_);
  for (const std::string& name : files.list(folder_)) {
    std::string leftover = folder_ + "/" + name;
    if (step_of(name, discarded)) files.remove_all(leftover);
    auto step = step_of(name, unfinished);
    if (!step) continue;
    // Complete but for its name: what a crash leaves while one checkpoint replaces another of the same step.
    const std::string named = path(*step);
    bool complete =
        files.exists(leftover + "/" + manifest_name) && sound(
                                                            leftover, [&] { verify(leftover); }, log_detail);
    bool needed = complete && !(files.exists(named) && sound(named, [&] { verify(named); }));
    if (needed) {
      files.remove_all(named);
      files.rename(leftover, named);
    } else {
      files.remove_all(leftover);
    }
  }
}

void CheckpointStore::save(int64_t step, const State& state, const std::optional<Score>& score,
                           const std::vector<TensorList>& others) {
  FileSystem& files = FileSystem::instance();
  std::string target = path(step), temporary = target + std::string(unfinished);
  try {
    files.remove_all(temporary);
    files.create_folder(temporary);
    Manifest manifest;
    manifest.checkpoint = {.step = step,
                           .recipe_hash = recipe_hash,
                           .world_size = static_cast<int64_t>(others.size()) + 1,
                           .score = score,
                           .values = state.values};
    const auto write = [&](int64_t rank, const TensorList& tensors) {
      manifest.files[rank_file(rank)] = write_safetensors(temporary + "/" + rank_file(rank), tensors);
    };
    write(0, state.tensors);
    for (size_t i = 0; i < others.size(); ++i) write(static_cast<int64_t>(i) + 1, others[i]);
    auto file = files.open_for_writing(temporary + "/" + manifest_name, WriteMode::truncate);
    file->write(write_manifest(manifest));
    file->sync();
    file.reset();
    files.sync_folder(temporary);
    if (files.exists(target)) {
      files.sync_folder(folder_);  // From here on the new one survives under its temporary name; see recover().
      remove(target);
    }
    files.rename(temporary, target);
  } catch (...) {
    // Gives the space back; but where the old one is gone already, the new one is what is left.
    if (files.exists(target)) quietly([&] { files.remove_all(temporary); });
    throw;
  }
  files.sync_folder(folder_);
}

std::vector<Checkpoint> CheckpointStore::list() const {
  FileSystem& files = FileSystem::instance();
  std::vector<Checkpoint> result;
  if (files.kind(folder_) != FileKind::folder) return result;
  for (const std::string& name : files.list(folder_)) {
    if (!step_of(name, "")) continue;
    const std::string folder = folder_ + "/" + name;
    sound(folder, [&] { result.push_back(sound_manifest(folder).checkpoint); });
  }
  std::sort(result.begin(), result.end(), [](const Checkpoint& a, const Checkpoint& b) { return a.step < b.step; });
  return result;
}

bool CheckpointStore::is_name(std::string_view name) { return step_of(name, "").has_value(); }

bool CheckpointStore::any() const {
  FileSystem& files = FileSystem::instance();
  if (files.kind(folder_) != FileKind::folder) return false;
  const std::vector<std::string> names = files.list(folder_);
  return std::any_of(names.begin(), names.end(), is_name);
}

void CheckpointStore::require_all_sound() const {
  if (any())
    for (const std::string& name : FileSystem::instance().list(folder_))
      if (is_name(name)) verify(folder_ + "/" + name);
  if (!any()) throw UserError(ExitCode::bad_data, folder_ + ": holds no checkpoint");
}

std::optional<Checkpoint> CheckpointStore::latest() const {
  std::vector<Checkpoint> all = list();
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    if (sound(each->folder, [&] { verify(each->folder); })) return *each;
  }
  if (any())
    throw UserError(ExitCode::bad_data, folder_ +
                                            ": every checkpoint in it is damaged. Bring one back from a copy, or "
                                            "start anew with --overwrite.");
  return std::nullopt;
}

std::optional<Checkpoint> CheckpointStore::best(const std::string& score, Better better) const {
  std::vector<Checkpoint> all = list();
  std::vector<std::tuple<double, double, int64_t, const Checkpoint*>> scored;  // what comes first is best
  for (const Checkpoint& each : all) {
    if (!each.score || each.score->name != score || !std::isfinite(each.score->value)) continue;
    const double value = better == Better::lower ? each.score->value : -each.score->value;
    const double loss = each.score->loss.value_or(std::numeric_limits<double>::infinity());
    scored.emplace_back(value, std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss, -each.step, &each);
  }
  std::sort(scored.begin(), scored.end());
  for (const auto& [value, loss, step, each] : scored) {
    if (sound(each->folder, [&] { verify(each->folder); })) return *each;
  }
  return std::nullopt;
}

State CheckpointStore::load(const Checkpoint& checkpoint, int64_t rank) const {
  Manifest manifest = sound_manifest(checkpoint.folder);
  auto file = manifest.files.find(rank_file(rank));
  if (file == manifest.files.end()) {
    throw UserError(ExitCode::bad_data, fmt::format("{}: written by {} processes, this is number {}", checkpoint.folder,
                                                    checkpoint.world_size, rank + 1));
  }
  std::string path = checkpoint.folder + "/" + file->first;
  if (file_hash(path) != file->second.hash) throw damaged(path, "its hash does not match");
  return {read_safetensors(path).tensors, manifest.checkpoint.values};
}

void CheckpointStore::remove(const std::string& folder) {
  FileSystem& files = FileSystem::instance();
  std::string away = folder + std::string(discarded);
  files.remove_all(away);
  files.rename(folder, away);  // In one call, so that half a checkpoint is never seen under a name that counts.
  files.remove_all(away);
}

void CheckpointStore::keep_only(const std::vector<int64_t>& steps) {
  if (steps.empty()) return;
  FileSystem& files = FileSystem::instance();
  try {
    verify(path(*std::max_element(steps.begin(), steps.end())));
  } catch (const UserError& error) {
    throw UserError(ExitCode::io_error, fmt::format("{}. Older checkpoints were kept.", error.what()));
  }
  for (const std::string& name : files.list(folder_)) {
    auto step = step_of(name, "");
    if (step && std::find(steps.begin(), steps.end(), *step) == steps.end()) remove(folder_ + "/" + name);
  }
}

void CheckpointStore::remove_after(int64_t step) {
  FileSystem& files = FileSystem::instance();
  bool removed = false;
  for (const std::string& name : files.list(folder_)) {
    auto other = step_of(name, "");
    if (!other || *other <= step) continue;
    remove(folder_ + "/" + name);
    removed = true;
  }
  if (removed) files.sync_folder(folder_);
}

}  // namespace dlrun
