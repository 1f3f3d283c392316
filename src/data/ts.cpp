// Reader of series in .ts files (UCR and UEA archives, sktime, aeon).

#include "data/ts_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/input_file.h"
#include "data/numbers.h"
#include "data/series_split.h"
#include "data/splits.h"
#include "data/tensor_split.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

struct Ts final : Dataset {
  std::string path;
  std::string layout = "channels_first";
  std::string scaling = "standard";
  std::string missing = "error";
  std::vector<std::string> classes;
  Optional<FileSplitRule> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The file of training series, plain or .gz.", required(), not_empty(), is_path()),
        field(
            "layout", layout,
            "A sample of several channels and equal lengths: [channels, steps], as convolutions take it, or [steps, "
            "channels] (channels_last), as recurrent networks and transformers do. One channel is [steps]; of unequal "
            "lengths steps always come first.",
            one_of("channels_first", "channels_last")),
        field("scaling", scaling, "Each channel with mean 0 and deviation 1 over the training series, or as it is.",
              one_of("standard", "none")),
        field("missing", missing,
              "What stands for a step that is '?': an error, 0 (before scaling), or what lies between its neighbours.",
              one_of("error", "zero", "interpolate")),
        field("classes", classes, "Class names in order; those of @classLabel, or the sorted ones, where left open."),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; taken before the validation split."),
    };
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;
};

// What is fitted on the training file and holds for every other.
struct Fitted {
  int64_t channels = 0, steps = 0;  // steps 0: lengths differ
  std::vector<double> offset, scale;
  std::vector<std::string> classes;
};

Fitted fitted_of(const nlohmann::json& stored) {
  return {stored.at("channels"), stored.at("steps"), stored.at("offset"), stored.at("scale"), stored.at("classes")};
}

// Steps without a number become numbers. A channel without any is an error.
void fill_missing(TsFile& file, const std::string& how) {
  if (file.missing == 0) return;
  if (how == "error")
    bad_data(file.path,
             fmt::format("has {} steps without a number ('?'); say data.missing: interpolate or zero", file.missing));
  for (TsSample& sample : file.samples) {
    for (int64_t c = 0; c < file.channels; ++c) {
      float* values = sample.values.data() + c * sample.steps;
      int64_t known = -1;  // the last step with a number
      for (int64_t t = 0; t <= sample.steps; ++t) {
        if (t < sample.steps && std::isnan(values[t])) continue;
        const int64_t gap = t - known;
        for (int64_t k = known + 1; k < t; ++k) {
          const float share = static_cast<float>(k - known) / static_cast<float>(gap);
          const bool before = known >= 0, behind = t < sample.steps;
          if (how == "interpolate" && !before && !behind)
            bad_data(file.path + " line " + std::to_string(sample.line),
                     fmt::format("channel {} has no number at all", c));
          values[k] = how == "zero" ? 0.0f
                      : !before     ? values[t]
                      : !behind     ? values[known]
                                    : values[known] + share * (values[t] - values[known]);
        }
        known = t;
      }
    }
  }
  log_warning(fmt::format("{}: {} steps without a number: {}", file.path, file.missing,
                          how == "zero" ? "0" : "filled in between their neighbours"));
}

void fit_scaling(const TsFile& file, Fitted& fitted) {
  for (int64_t c = 0; c < file.channels; ++c) {
    double sum = 0.0, squares = 0.0, count = 0.0;
    const auto each = [&](const auto& add) {
      for (const TsSample& sample : file.samples)
        for (int64_t t = 0; t < sample.steps; ++t) add(sample.values[static_cast<size_t>(c * sample.steps + t)]);
    };
    each([&](double value) { sum += value, count += 1; });
    const double mean = sum / count;
    each([&](double value) { squares += (value - mean) * (value - mean); });
    const double deviation = std::sqrt(squares / count);
    fitted.offset.push_back(mean);
    fitted.scale.push_back(deviation > 0 ? deviation : 1.0);
  }
}

std::vector<std::string> class_names(const Ts& data, const TsFile& file) {
  if (!data.classes.empty()) return data.classes;
  if (!file.classes.empty()) return file.classes;
  std::set<std::string> found;
  for (const TsSample& sample : file.samples) found.insert(sample.label);
  return {found.begin(), found.end()};
}

// A file as tensors: what a split is made of.
struct Tensors {
  at::Tensor values, lengths, target;  // lengths undefined where all samples have `steps`
  std::function<std::string(int64_t)> name;
  int64_t rows() const { return values.size(0); }
  // A split of these rows.
  std::shared_ptr<Split> split(std::vector<int64_t> rows) const {
    if (lengths.defined()) return std::make_shared<SeriesSplit>(values, lengths, target, std::move(rows), name);
    TensorSplit::Fields fields = {{"input", values}};
    if (target.defined()) fields.emplace_back("target", target);
    return std::make_shared<TensorSplit>(std::move(fields), std::move(rows), name);
  }
};

// [N, T, channels], scaled, 0 behind the ends.
at::Tensor values_of(const TsFile& file, const Fitted& fitted, const at::Tensor& lengths) {
  const int64_t count = static_cast<int64_t>(file.samples.size()), longest = file.longest();
  require_memory(file.path, 4.0 * static_cast<double>(count) * static_cast<double>(longest * file.channels),
                 "its series, all as long as the longest");
  at::Tensor values = at::zeros({count, longest, file.channels});
  float* to = values.data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    const TsSample& sample = file.samples[static_cast<size_t>(i)];
    lengths.data_ptr<int64_t>()[i] = sample.steps;
    for (int64_t c = 0; c < file.channels; ++c)
      for (int64_t t = 0; t < sample.steps; ++t) {
        const size_t channel = static_cast<size_t>(c);
        const double value = sample.values[static_cast<size_t>(c * sample.steps + t)];
        to[(i * longest + t) * file.channels + c] =
            static_cast<float>((value - fitted.offset[channel]) / fitted.scale[channel]);
      }
  }
  return values;
}

at::Tensor targets_of(const TsFile& file, const Fitted& fitted, bool classification) {
  const int64_t count = static_cast<int64_t>(file.samples.size());
  at::Tensor target = classification ? at::empty({count}, at::kLong) : at::empty({count, 1}, at::kFloat);
  std::map<std::string_view, int64_t> ids;
  for (size_t i = 0; i < fitted.classes.size(); ++i) ids[fitted.classes[i]] = static_cast<int64_t>(i);
  for (int64_t i = 0; i < count; ++i) {
    const TsSample& sample = file.samples[static_cast<size_t>(i)];
    if (!classification) {
      target.data_ptr<float>()[i] = static_cast<float>(*parse_cell(sample.label));
      continue;
    }
    const auto id = ids.find(sample.label);
    if (id == ids.end())
      bad_data(file.path + " line " + std::to_string(sample.line),
               fmt::format("its class '{}' is none of the {} classes of the training file", sample.label, ids.size()));
    target.data_ptr<int64_t>()[i] = id->second;
  }
  return target;
}

void require_like_training(const TsFile& file, const Fitted& fitted) {
  if (file.channels != fitted.channels)
    bad_data(file.path, fmt::format("has {} channels, the training series have {}", file.channels, fitted.channels));
  if (fitted.steps == 0) return;
  for (const TsSample& sample : file.samples)
    if (sample.steps != fitted.steps)
      bad_data(file.path + " line " + std::to_string(sample.line),
               fmt::format("has {} steps, the training series all have {}", sample.steps, fitted.steps));
}

Tensors tensors_of(const TsFile& file, const Fitted& fitted, bool channels_first) {
  require_like_training(file, fitted);
  Tensors made;
  at::Tensor lengths = at::empty({static_cast<int64_t>(file.samples.size())}, at::kLong);
  made.values = values_of(file, fitted, lengths);
  if (file.channels == 1)
    made.values = made.values.squeeze(2);
  else if (fitted.steps > 0 && channels_first)
    made.values = made.values.transpose(1, 2).contiguous();
  if (fitted.steps == 0) made.lengths = lengths;
  std::vector<int64_t> lines;
  for (const TsSample& sample : file.samples) lines.push_back(sample.line);
  made.name = [path = file.path, lines](int64_t row) {
    return path + " line " + std::to_string(lines.at(static_cast<size_t>(row)));
  };
  return made;
}

std::vector<int64_t> same_rows(const Tensors& all) {
  std::vector<Hash128> hashes(static_cast<size_t>(all.rows()));
  hash_rows(all.values, all.lengths, hashes.data());
  return number_same(hashes);
}

Splits Ts::open(const OpenOptions& options) const {
  TsFile file = read_ts(path);
  const TsFile::Label wanted = options.classification ? TsFile::Label::category : TsFile::Label::number;
  const bool labelled = file.label == wanted;
  if (options.classification && !labelled)
    bad_data(path, "its header lists no classes (@classLabel true ...), and the task predicts a class");
  fill_missing(file, missing);
  std::optional<TsFile> own_files[2];
  const Optional<FileSplitRule>* rules[] = {&test, &val};
  const char* names[] = {"data.test", "data.val"};
  bool equal = file.equal_lengths();
  for (size_t i = 0; i < 2; ++i) {
    if (!*rules[i] || !(*rules[i])->path) continue;
    own_files[i] = read_ts(*(*rules[i])->path);
    if (labelled && own_files[i]->label != wanted)
      bad_data(own_files[i]->path, "its header says nothing of labels like those of the training file");
    fill_missing(*own_files[i], missing);
    equal = equal && own_files[i]->equal_lengths() && own_files[i]->longest() == file.longest();
  }
  Splits splits;
  splits.info.fitted = options.fitted;
  if (options.fitted.is_null()) {
    Fitted made{file.channels, equal ? file.longest() : 0, {}, {}, {}};
    if (options.classification) made.classes = class_names(*this, file);
    if (scaling == "standard") fit_scaling(file, made);
    made.offset.resize(static_cast<size_t>(file.channels), 0.0);
    made.scale.resize(static_cast<size_t>(file.channels), 1.0);
    splits.info.fitted = {{"channels", made.channels},
                          {"steps", made.steps},
                          {"offset", made.offset},
                          {"scale", made.scale},
                          {"classes", made.classes}};
  }
  const Fitted fitted = fitted_of(splits.info.fitted);
  const bool first = layout == "channels_first";
  const auto prepared = [&](const TsFile& from) {
    Tensors made = tensors_of(from, fitted, first);
    if (labelled) made.target = targets_of(from, fitted, options.classification);
    return made;
  };
  const Tensors all = prepared(file);
  std::vector<int64_t> shape = all.values.sizes().slice(1).vec();
  if (fitted.steps == 0) shape[0] = -1;
  splits.info.fields = {{"input", FieldInfo::Means::numbers, shape}};
  if (options.classification) splits.info.fields.push_back({"target", FieldInfo::Means::classes, {}, fitted.classes});
  if (!options.classification && labelled) {
    splits.info.fields.push_back({"target", FieldInfo::Means::numbers, {1}});
    splits.info.targets = {"target"};
  }
  const bool drawn = (test && draws(*test)) || (val && draws(*val));
  const std::vector<int64_t> same = drawn ? same_rows(all) : std::vector<int64_t>{};
  std::vector<int64_t> left = all_rows(all.rows());
  for (size_t i = 0; i < 2; ++i) {
    if (!*rules[i]) continue;
    SplitSource source{names[i], all.rows(), {}, options.seed, same};
    if (options.classification) source.labels = {all.target.const_data_ptr<int64_t>(), static_cast<size_t>(all.rows())};
    std::shared_ptr<Split>& split = i == 0 ? splits.test : splits.val;
    if (!own_files[i]) {
      split = all.split(take_rows(**rules[i], source, left));
      continue;
    }
    const Tensors own = prepared(*own_files[i]);
    split = own.split(all_rows(own.rows()));
  }
  splits.train = all.split(std::move(left));
  return splits;
}

std::shared_ptr<Split> Ts::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  if (paths.size() != 1) throw UserError(ExitCode::usage, "new series are one file; put several into one");
  TsFile file = read_ts(paths[0]);
  fill_missing(file, missing);
  const Tensors all = tensors_of(file, fitted_of(options.fitted), layout == "channels_first");
  return all.split(all_rows(all.rows()));
}

const Registered<Dataset, Ts> ts_entry{"ts", "Series in .ts files of the UCR and UEA archives (sktime, aeon)."};

}  // namespace
}  // namespace dlrun
