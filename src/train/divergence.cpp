// A step that diverged, as it is told and kept.

#include "train/divergence.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/shell.h"
#include "base/text.h"
#include "run/safetensors.h"

namespace dlrun {
namespace {

nlohmann::ordered_json json_of(const std::vector<SampleName>& samples) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const SampleName& sample : samples)
    list.push_back({{"row", sample.row}, {"index", sample.index}, {"name", sample.name}});
  return list;
}

std::string what_is_not_finite(const Divergence& divergence) {
  if (!std::isfinite(divergence.loss)) return "the loss is " + number_text(divergence.loss);
  if (divergence.fault.kind == Fault::Kind::weight) return "a weight, or what belongs to it, is not finite";
  return fmt::format("the loss is {:.4g}, but its gradient is not finite", divergence.loss);
}

}  // namespace

std::vector<SampleName> name_samples(const Split& split, const std::vector<int64_t>& indices) {
  std::vector<SampleName> samples;
  for (const int64_t index : indices)
    samples.push_back({static_cast<int64_t>(samples.size()), index, split.describe(index)});
  return samples;
}

std::string sample_names(const std::vector<SampleName>& samples) {
  constexpr size_t most = 5;
  std::string text;
  for (size_t i = 0; i < std::min(most, samples.size()); ++i)
    text += fmt::format("{}{} (index {})", i ? ", " : "", samples[i].name, samples[i].index);
  if (samples.size() > most) text += fmt::format(" and {} more", samples.size() - most);
  return text;
}

std::string Divergence::text() const {
  std::string text =
      fmt::format("step {} diverged{}: {}. {}", step, player_name.empty() ? "" : " in the turn of the " + player_name,
                  what_is_not_finite(*this), fault.text());
  if (!offending.empty())
    text += "\nSamples that are not finite there: " + sample_names(offending) + ".";
  else if (!samples.empty() && fault.kind == Fault::Kind::operation)
    text += fmt::format("\nIt cannot be told which of the {} samples of the batch did it.", samples.size());
  return text;
}

nlohmann::ordered_json Divergence::json() const {
  return {{"version", 1},
          {"step", step},
          {"epoch", epoch},
          {"batch", batch},
          {"player", player},
          {"player_name", player_name},
          {"learning_rate", learning_rate},
          {"loss", number_text(loss)},
          {"fault", fault.json()},
          {"offending", json_of(offending)},
          {"samples", json_of(samples)}};
}

std::string write_divergence(const std::string& run_folder, const Divergence& divergence,
                             const DivergenceFiles& files) {
  FileSystem& disk = FileSystem::instance();
  const std::string parent = run_folder + "/divergence";
  const std::string folder = fmt::format("{}/step-{:08}", parent, divergence.step), unfinished = folder + ".tmp";
  disk.create_folders(parent);
  disk.remove_all(unfinished);
  disk.create_folder(unfinished);
  nlohmann::json rows = nlohmann::json::object();
  for (const Batch::Item& item : files.batch.items()) rows[item.name] = name_of(item.rows);
  write_safetensors(unfinished + "/batch.safetensors", files.batch.tensors(),
                    {{"count", std::to_string(files.batch.count)}, {"rows", rows.dump()}});
  write_safetensors(unfinished + "/state.safetensors", files.state, {{"fitted", files.fitted.dump()}});
  nlohmann::ordered_json report = divergence.json();
  report["reproduce"] = "dlrun replay " + shell_word(folder);
  write_text_atomically(unfinished + "/report.json",
                        report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  std::string text = divergence.text() + "\n\nTo see it again: dlrun replay " + shell_word(folder) + "\n\nSamples of the batch:\n";
  for (const SampleName& sample : divergence.samples)
    text += fmt::format("  row {:>4}  index {:>8}  {}\n", sample.row, sample.index, sample.name);
  write_text_atomically(unfinished + "/report.txt", text);
  disk.remove_all(folder);  // From a run that was killed after this and came here again.
  disk.rename(unfinished, folder);
  disk.sync_folder(parent);
  return folder;
}

}  // namespace dlrun
