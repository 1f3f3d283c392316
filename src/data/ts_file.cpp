// Files of series as the UCR and UEA archives have them.

#include "data/ts_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

#include "base/log.h"
#include "base/long_work.h"
#include "base/text.h"
#include "data/input_file.h"
#include "data/numbers.h"

namespace dlrun {
namespace {

// Without the white space around it.
std::string_view stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t first = 0;;) {
    const size_t end = text.find(separator, first);
    parts.push_back(stripped(text.substr(first, end == std::string_view::npos ? end : end - first)));
    if (end == std::string_view::npos) return parts;
    first = end + 1;
  }
}

class TsReader {
 public:
  explicit TsReader(const std::string& path) : text_(load_file(path)) { file_.path = path; }

  TsFile read() {
    std::string_view line;
    bool data = false;
    LongWork reading("reading " + file_.path, static_cast<int64_t>(text_.size()), Counted::bytes);
    for (size_t told = 0; next(line); told = place_) {
      reading.done(static_cast<int64_t>(place_ - told));
      if (line.empty() || line.starts_with('#')) continue;
      if (data)
        sample(line);
      else if (line.starts_with('@'))
        data = header(line.substr(1));
      else
        refuse("stands before @data, and is no line of the header; is this a .ts file?");
    }
    if (!data) bad_data(file_.path, "has no line @data; is this a .ts file?");
    if (file_.samples.empty()) bad_data(file_.path, "has no sample after @data");
    if (!unknown_.empty())
      log_warning(
          fmt::format("{}: keys of the header that mean nothing here: @{}", file_.path, fmt::join(unknown_, ", @")));
    return std::move(file_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    bad_data(file_.path + " line " + std::to_string(number_), problem);
  }

  bool next(std::string_view& line) {
    if (place_ >= text_.size()) return false;
    const size_t end = std::min(text_.find('\n', place_), text_.size());
    line = stripped(std::string_view(text_).substr(place_, end - place_));
    place_ = end + 1;
    ++number_;
    return true;
  }

  // Whether this was the last line of the header.
  bool header(std::string_view line) {
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string key = lower(std::string(line.substr(0, end)));
    const std::string_view value = stripped(line.substr(end));
    if (key == "data") return true;
    if (key == "timestamps" && flag(key, value))
      refuse("@timeStamps true: steps with times of their own are not read; write them at equal distances");
    if (key == "univariate" && flag(key, value)) promise_channels(1);
    if (key == "dimensions" || key == "dimension") promise_channels(count(key, value));
    if (key == "equallength") equal_ = flag(key, value);
    if (key == "serieslength") steps_ = count(key, value);
    if (key == "targetlabel" && flag(key, value)) file_.label = TsFile::Label::number;
    if (key == "classlabel") classes(value);
    static const std::set<std::string> known = {"problemname", "timestamps", "missing",     "univariate",
                                                "dimensions",  "dimension",  "equallength", "serieslength",
                                                "targetlabel", "classlabel"};
    if (!known.contains(key)) unknown_.insert(key);
    return false;
  }

  bool flag(const std::string& key, std::string_view value) const {
    const std::string word = lower(std::string(value));
    if (word != "true" && word != "false") refuse("@" + key + " is true or false, not '" + std::string(value) + "'");
    return word == "true";
  }

  int64_t count(const std::string& key, std::string_view value) const {
    const std::optional<double> number = parse_cell(value);
    if (!number || *number < 1 || *number > 1e9 || *number != static_cast<double>(static_cast<int64_t>(*number)))
      refuse("@" + key + " is a whole number from 1, not '" + std::string(value) + "'");
    return static_cast<int64_t>(*number);
  }

  void promise_channels(int64_t channels) {
    if (file_.channels > 0 && file_.channels != channels)
      refuse(fmt::format("the header promises {} channels here and {} before", channels, file_.channels));
    file_.channels = channels;
  }

  void classes(std::string_view value) {
    std::vector<std::string_view> words = parts_of(value, ' ');
    std::erase(words, std::string_view());
    if (words.empty() || !flag("classLabel", words[0])) return;
    file_.label = TsFile::Label::category;
    file_.classes.assign(words.begin() + 1, words.end());
    if (std::set(words.begin() + 1, words.end()).size() != words.size() - 1) refuse("@classLabel lists a class twice");
  }

  void sample(std::string_view line) {
    std::vector<std::string_view> channels = parts_of(line, ':');
    TsSample made;
    made.line = number_;
    if (file_.label != TsFile::Label::none) {
      if (channels.size() < 2) refuse("has no ':', and the header says that a label stands behind one");
      made.label = channels.back();
      channels.pop_back();
      check_label(made.label);
    }
    if (file_.channels == 0) file_.channels = static_cast<int64_t>(channels.size());
    if (static_cast<int64_t>(channels.size()) != file_.channels)
      refuse(fmt::format("has {} channels, expected {}", channels.size(), file_.channels));
    for (size_t c = 0; c < channels.size(); ++c) {
      const size_t before = made.values.size();
      steps(channels[c], c, made.values);
      const int64_t length = static_cast<int64_t>(made.values.size() - before);
      if (c > 0 && length != made.steps)
        refuse(fmt::format("channel {} has {} steps, those before have {}", c, length, made.steps));
      made.steps = length;
    }
    if (equal_.value_or(false) && steps_ == 0) steps_ = made.steps;
    if (equal_.value_or(steps_ > 0) && made.steps != steps_)
      refuse(fmt::format("has {} steps, and the header says that all have {}", made.steps, steps_));
    file_.samples.push_back(std::move(made));
  }

  void steps(std::string_view channel, size_t index, std::vector<float>& values) {
    for (const std::string_view cell : parts_of(channel, ',')) {
      const std::optional<double> number = parse_cell(cell);
      const bool missing = cell == "?" || lower(std::string(cell)) == "nan";
      if (!number && !missing) refuse(fmt::format("channel {}: '{}' is no number", index, cell.substr(0, 40)));
      values.push_back(missing ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(*number));
      file_.missing += missing;
    }
  }

  void check_label(const std::string& label) const {
    if (label.empty()) refuse("has no label behind its last ':'");
    if (file_.label == TsFile::Label::number && !parse_cell(label)) refuse("its target '" + label + "' is no number");
    if (file_.label != TsFile::Label::category || file_.classes.empty()) return;
    if (std::find(file_.classes.begin(), file_.classes.end(), label) == file_.classes.end())
      refuse(fmt::format("its class '{}' is none of the {} that @classLabel lists", label, file_.classes.size()));
  }

  TsFile file_;
  std::string text_;
  size_t place_ = 0;
  int64_t number_ = 0;         // of the line
  std::optional<bool> equal_;  // as the header says
  int64_t steps_ = 0;          // of all samples; 0: not said
  std::set<std::string> unknown_;
};

}  // namespace

int64_t TsFile::longest() const {
  int64_t longest = 0;
  for (const TsSample& sample : samples) longest = std::max(longest, sample.steps);
  return longest;
}

bool TsFile::equal_lengths() const {
  return std::all_of(samples.begin(), samples.end(),
                     [&](const TsSample& sample) { return sample.steps == samples.front().steps; });
}

TsFile read_ts(const std::string& path) { return TsReader(path).read(); }

}  // namespace dlrun
