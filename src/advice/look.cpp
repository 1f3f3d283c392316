// What data are, for the choice of a network.

#include "advice/look.h"

#include <fmt/format.h>

#include <algorithm>

#include "advice/find_reader.h"
#include "base/text.h"
#include "base/units.h"
#include "data/dataset.h"
#include "data/source.h"
#include "spec/read.h"

namespace dlrun {
namespace {

struct Opened final : Params {
  Choice<Dataset> data;
  std::vector<Field> fields() override { return {field("data", data, "What was found.")}; }
};

void count_classes(const Split& samples, DataLook& look) {
  std::vector<int64_t> counts(static_cast<size_t>(look.classes));
  int64_t labelled = 0;
  for (int64_t i = 0; i < samples.size(); ++i) {
    const int64_t label = samples.label(i);
    if (label < 0 || label >= look.classes) continue;
    ++counts[static_cast<size_t>(label)];
    ++labelled;
  }
  if (labelled == 0) return;
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  look.rarest = static_cast<double>(*least) / static_cast<double>(labelled);
  look.commonest = static_cast<double>(*most) / static_cast<double>(labelled);
}

void count_columns(const Split& samples, DataLook& look) {
  const SourceRows* rows = samples.rows_written();
  if (!rows) return;
  for (const SourceColumn& column : rows->inputs) ++(column.numeric ? look.numeric : look.categorical);
}

}  // namespace

DataLook look_at_data(const LookOptions& options) {
  DataLook look = find_reader(options);
  Opened opened;
  read_text("data: {" + join(look.keys, ", ") + "}", options.path, {}, opened);
  OpenOptions open;
  open.classification = look.classification;
  open.keep_rows = true;
  const Splits splits = opened.data->open(open);
  look.samples = splits.train->size();
  look.sizes = splits.info.input().sizes;
  if (splits.test) look.test.clear();
  if (splits.val) look.has_val = true;
  if (look.classification) {
    look.classes = static_cast<int64_t>(splits.info.classes().size());
    count_classes(*splits.train, look);
  }
  count_columns(*splits.train, look);
  return look;
}

std::string sentence_of(const DataLook& look) {
  const auto counted = [](int64_t count, const char* one, const char* several) {
    return count_text(count) + " " + (count == 1 ? one : several);
  };
  std::string text;
  switch (look.kind) {
    case DataLook::Kind::table:
      text = fmt::format("a table of {}: {} of numbers, {} of categories", counted(look.samples, "row", "rows"),
                         counted(look.numeric, "column", "columns"), look.categorical);
      break;
    case DataLook::Kind::series:
      text = fmt::format("{} of {}", counted(look.samples, "series", "series"),
                         look.sizes.front() < 0 ? "different lengths" : counted(look.sizes.back(), "step", "steps"));
      break;
    case DataLook::Kind::pictures:
      text = fmt::format("{} of {}x{}, {}", counted(look.samples, "picture", "pictures"), look.sizes.at(1),
                         look.sizes.at(2), counted(look.sizes.at(0), "channel", "channels"));
      break;
    case DataLook::Kind::text:
      text = counted(look.samples, "text", "texts");
      break;
  }
  if (!look.classification) return text + "; a quantity to predict";
  text += "; " + counted(look.classes, "class", "classes");
  if (look.rarest > 0) text += fmt::format(", the rarest {:.2g} % of them", 100 * look.rarest);
  return text;
}

}  // namespace dlrun
