// What a recipe's `data:` block becomes: splits of samples, and what is known about them.

#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/field_info.h"
#include "spec/field.h"
#include "tensor/batch.h"

namespace dlrun {

struct SourceRows;
struct SourceText;

// Samples of one split, in a fixed order. Thread-safe for reading.
class Split {
 public:
  virtual ~Split() = default;
  virtual int64_t size() const = 0;
  // Copies the samples `indices` into a new batch: every field gets a first dimension indices.size(). Images are uint8
  // or uint16 [B, C, H, W] until an augmentation or the loader turns them into float in [0, 1]. Throws
  // UserError(bad_data) for a sample that cannot be read.
  virtual Batch gather(std::span<const int64_t> indices) const = 0;
  // A name a person can find the sample by (file, row).
  virtual std::string describe(int64_t index) const { return "sample " + std::to_string(index); }

  // How long a sample is where lengths differ (tokens, steps), for batches of samples that are about as long.
  virtual int64_t length(int64_t index) const { return 1; }
  // The class of a sample, for balance and episodes; -1 where it has none.
  virtual int64_t label(int64_t index) const { return -1; }

  // The samples as the user wrote them, where a batch says less (data/source.h): the rows of a table before they were
  // encoded, null without OpenOptions::keep_rows; the text that the samples are windows of. Null where there are none.
  virtual const SourceRows* rows_written() const { return nullptr; }
  virtual const SourceText* text_written() const { return nullptr; }
  // Frees the rows. Nobody may read meanwhile.
  virtual void forget_rows() {}
};

// A sample that could not be read, and why.
struct Unreadable {
  std::string sample, problem;
};

// What the task and the architecture need to know, and what is stored with the model.
struct DataInfo {
  using Means = FieldInfo::Means;

  std::vector<FieldInfo> fields;      // of a batch; "input" first
  std::vector<std::string> features;  // column names of a table, after encoding
  std::vector<std::string> targets;   // names of the values to predict; empty where the target is a class
  // Regression targets come scaled; in the file's own unit, value k = scaled * target_scale[k] + target_offset[k].
  // Metrics and predictions are stated in that unit. Both empty: not scaled.
  std::vector<double> target_offset, target_scale;
  // Everything fitted on the training split (scaling, categories, vocabulary, target scale): enough to prepare a new
  // sample exactly like a training one. Opening with it again fits nothing.
  nlohmann::json fitted;

  const FieldInfo* find(std::string_view name) const;  // null when there is none
  const FieldInfo& input() const { return fields.at(0); }
  const FieldInfo* target() const { return find("target"); }
  // Names by id; empty where the target is no class, or the input no text.
  const std::vector<std::string>& classes() const;
  const std::vector<std::string>& vocabulary() const;
  // Names of the fields of this meaning.
  std::vector<std::string> named(Means means) const;
};

// Stored with every checkpoint, so that a model can be used without its data.
nlohmann::json to_json(const DataInfo& info);
DataInfo data_info(const nlohmann::json& stored);

struct Splits {
  std::shared_ptr<Split> train, val, test;  // val and test may be null
  // Samples of the training whose targets nobody may see, for tasks that learn from such; null where there are none.
  std::shared_ptr<Split> unlabelled;
  DataInfo info;
};

struct OpenOptions {
  uint64_t seed = 0;            // for random splits
  nlohmann::json fitted;        // from the run folder; null when training starts
  bool classification = false;  // the task predicts a class: targets become indices into DataInfo::classes
  bool keep_rows = false;       // splits of tables also keep their rows as they were written
  // Where set, pictures that cannot be read are told here and left out; otherwise the first one ends the opening.
  std::vector<Unreadable>* unreadable = nullptr;
};

// A component that reads data. All files are checked when it opens.
struct Dataset : Params {
  static constexpr const char* kind = "data";
  // Throws UserError: no_input for missing or unreadable files, bad_data for wrong content; the message names file,
  // place and rule.
  virtual Splits open(const OpenOptions& options) const = 0;
  // New samples to predict, from files the user names (at least one), prepared like the training data; no "target".
  // `options.fitted` is set.
  virtual std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths,
                                             const OpenOptions& options) const = 0;
};

}  // namespace dlrun
