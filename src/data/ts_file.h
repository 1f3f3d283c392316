// Files of series as the UCR and UEA archives have them (.ts of sktime and aeon): a header of @ lines, then one sample
// on a line, its channels between ':', their steps between ',', a label last.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlrun {

struct TsSample {
  std::vector<float> values;  // channel by channel, each of `steps`; NaN where '?' stands
  int64_t steps = 0;
  std::string label;  // "" where the file has none
  int64_t line = 0;   // from 1
};

struct TsFile {
  std::string path;
  int64_t channels = 0;
  enum class Label { none, category, number } label = Label::none;
  std::vector<std::string> classes;  // as @classLabel lists them; may be empty
  std::vector<TsSample> samples;     // at least one
  int64_t missing = 0;               // steps without a number, over all samples

  int64_t longest() const;
  bool equal_lengths() const;
};

// Reads a plain or gzip file, line ends LF or CRLF. Lines of '#' and empty ones say nothing; keys of the header in any
// case. Throws UserError(bad_data) with the line: a header without @data, time stamps (@timeStamps true), cells that
// are no number, channels of unequal lengths within a sample, samples of other channels or lengths than the header
// promises or than the samples before, labels that @classLabel does not list. Keys that mean nothing here are told
// once.
TsFile read_ts(const std::string& path);

}  // namespace dlrun
