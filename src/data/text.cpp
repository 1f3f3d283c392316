// Reader of plain text for language models: the text as one sequence of characters or bytes, samples are windows of it.

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/long_work.h"
#include "base/text.h"
#include "base/units.h"
#include "data/dataset.h"
#include "data/input_file.h"
#include "data/source.h"
#include "data/splits.h"
#include "data/vocabulary.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

// Windows of a sequence of token ids: "input" [T] and "target" [T], one token further on, both int64.
class Windows final : public Split {
 public:
  Windows(std::shared_ptr<const std::vector<int32_t>> tokens, int64_t first, int64_t count, int64_t length,
          int64_t stride, std::string path)
      : tokens_(std::move(tokens)),
        first_(first),
        length_(length),
        stride_(stride),
        size_((count - length - 1) / stride + 1),
        path_(std::move(path)),
        written_{std::span(*tokens_).subspan(static_cast<size_t>(first), static_cast<size_t>(count))} {}

  int64_t size() const override { return size_; }

  Batch gather(std::span<const int64_t> indices) const override {
    const int64_t batch_size = static_cast<int64_t>(indices.size());
    at::Tensor input = at::empty({batch_size, length_}, at::kLong), target = at::empty_like(input);
    int64_t* in = input.data_ptr<int64_t>();
    int64_t* out = target.data_ptr<int64_t>();
    for (int64_t index : indices) {
      TORCH_CHECK(index >= 0 && index < size_, "no window ", index);
      const int32_t* token = tokens_->data() + first_ + index * stride_;
      for (int64_t t = 0; t < length_; ++t) {
        *in++ = token[t];
        *out++ = token[t + 1];
      }
    }
    Batch batch{{"input", std::move(input)}, {"target", std::move(target)}};
    batch.count = batch_size;
    return batch;
  }

  std::string describe(int64_t index) const override {
    return path_ + " position " + std::to_string(first_ + index * stride_);
  }
  const SourceText* text_written() const override { return &written_; }

 private:
  std::shared_ptr<const std::vector<int32_t>> tokens_;
  int64_t first_, length_, stride_, size_;
  std::string path_;
  SourceText written_;
};

// Whole texts of unequal length: "input" padded with 0, and "input.lengths".
class Prompts final : public Split {
 public:
  Prompts(std::vector<std::vector<int32_t>> texts, std::vector<std::string> names)
      : texts_(std::move(texts)), names_(std::move(names)) {}

  int64_t size() const override { return static_cast<int64_t>(texts_.size()); }

  Batch gather(std::span<const int64_t> indices) const override {
    size_t longest = 0;
    for (int64_t index : indices) longest = std::max(longest, text(index).size());
    Batch batch;
    batch.count = static_cast<int64_t>(indices.size());
    at::Tensor input = at::zeros({batch.count, static_cast<int64_t>(longest)}, at::kLong);
    at::Tensor lengths = at::empty({batch.count}, at::kLong);
    for (size_t i = 0; i < indices.size(); ++i) {
      const std::vector<int32_t>& tokens = text(indices[i]);
      std::copy(tokens.begin(), tokens.end(), input.data_ptr<int64_t>() + i * longest);
      lengths.data_ptr<int64_t>()[i] = static_cast<int64_t>(tokens.size());
    }
    batch.set("input", std::move(input));
    batch.set("input.lengths", std::move(lengths));
    return batch;
  }

  std::string describe(int64_t index) const override { return names_.at(static_cast<size_t>(index)); }

 private:
  const std::vector<int32_t>& text(int64_t index) const { return texts_.at(static_cast<size_t>(index)); }
  std::vector<std::vector<int32_t>> texts_;
  std::vector<std::string> names_;
};

// The UTF-8 characters of a text that is known to be valid.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  for (size_t at = 0; at < text.size();) {
    const unsigned char lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    found.push_back(text.substr(at, length));
    at += length;
  }
  return found;
}

struct TextSplitRule final : Params {
  std::optional<double> split;
  std::optional<std::string> path;

  std::vector<Field> fields() override {
    return {
        field("split", split, "Share of the text, cut off its end.", more_than(0), less_than(1)),
        field("path", path, "A text file of its own for this split.", is_path()),
    };
  }
  std::vector<Relation> relations() const override {
    return {{"", "count(split, path) == 1", "give either split or path"}};
  }
};

struct Text final : Dataset {
  std::string path;
  std::string level = "character";
  std::string unknown = "error";
  int64_t min_count = 1;
  int64_t context_length = 64;
  int64_t stride = 1;
  Optional<TextSplitRule> val, test;

  std::vector<Field> fields() override {
    return {
        field("path", path, "The text, UTF-8, plain or .gz.", required(), not_empty(), is_path()),
        field("level", level, "What a token is: a character of the training text, or a byte.",
              one_of("character", "byte")),
        field("unknown", unknown,
              "A character that the training text lacks: an error, or a token that stands for all of them (U+FFFD).",
              one_of("error", "token")),
        field("min_count", min_count,
              "With unknown: token, characters that the training text has less often are unknown too.", at_least(1)),
        field("context_length", context_length, "Tokens in a sample.", at_least(1)),
        field("stride", stride,
              "Tokens from the start of one training sample to the next; validation and test samples do not overlap.",
              at_least(1)),
        field("val", val, "What becomes the validation split."),
        field("test", test, "What becomes the test split; cut off before the validation split."),
    };
  }

  std::vector<Relation> relations() const override {
    return {{"unknown", "unknown == 'error' or level == 'character'", "every byte is known"},
            {"min_count", "min_count == 1 or unknown == 'token'", "works only with unknown: token"}};
  }

  Splits open(const OpenOptions& options) const override;
  std::shared_ptr<Split> open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const override;

 private:
  std::string load(const std::string& file) const;
  std::vector<std::string> learn(std::string_view training_text) const;
  std::vector<int32_t> encode(const std::string& file, std::string_view text,
                              const std::vector<std::string>& vocabulary) const;
  std::shared_ptr<Split> windows(std::vector<int32_t> tokens, int64_t first, int64_t count, int64_t step,
                                 const std::string& file) const;
};

std::string Text::load(const std::string& file) const {
  std::string text = load_file(file, int64_t{1} << 32);
  if (level == "byte" && !text.empty()) return text;
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // a byte order mark is no letter
  if (text.empty()) bad_data(file, "is empty, expected text");
  const size_t invalid = invalid_utf8(text);
  if (invalid != std::string::npos)
    bad_data(file, "is not valid UTF-8 at offset " + std::to_string(invalid) + "; convert it, or use level: byte");
  return text;
}

// Characters of the training text in order of their code points.
std::vector<std::string> Text::learn(std::string_view training_text) const {
  if (level == "byte") return byte_vocabulary();
  std::map<std::string_view, int64_t> counts;
  for (std::string_view character : characters(training_text)) ++counts[character];
  std::set<std::string> kept;
  for (const auto& [character, count] : counts)
    if (count >= min_count) kept.emplace(character);
  if (unknown == "token") kept.emplace(unknown_character);
  return {kept.begin(), kept.end()};
}

std::vector<int32_t> Text::encode(const std::string& file, std::string_view text,
                                  const std::vector<std::string>& vocabulary) const {
  std::vector<int32_t> tokens;
  tokens.reserve(text.size());
  if (level == "byte") {
    for (char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  std::map<std::string_view, int32_t> ids;
  for (size_t i = 0; i < vocabulary.size(); ++i) ids.emplace(vocabulary[i], static_cast<int32_t>(i));
  int32_t ascii[128];
  for (int c = 0; c < 128; ++c) {
    const char letter = static_cast<char>(c);
    const auto found = ids.find(std::string_view(&letter, 1));
    ascii[c] = found == ids.end() ? -1 : found->second;
  }
  const auto stand_in = unknown == "token" ? ids.find(unknown_character) : ids.end();
  int64_t strange = 0;
  std::string_view first;
  constexpr size_t told_after = 1 << 20;  // characters
  LongWork reading("reading " + file, static_cast<int64_t>(text.size()), Counted::bytes);
  for (std::string_view character : characters(text)) {
    if (tokens.size() % told_after == told_after - 1) reading.done(told_after);
    const unsigned char lead = static_cast<unsigned char>(character[0]);
    int32_t id = -1;
    if (lead < 128) {
      id = ascii[lead];
    } else if (const auto found = ids.find(character); found != ids.end()) {
      id = found->second;
    }
    if (id < 0 && stand_in != ids.end()) {
      id = stand_in->second;
      if (++strange == 1) first = character;
    }
    if (id < 0)
      bad_data(file, "character \"" + std::string(character) + "\" at offset " +
                         std::to_string(character.data() - text.data()) +
                         " does not occur in the training text; remove it, or use data.unknown: token or data.level: "
                         "byte");
    tokens.push_back(id);
  }
  if (strange > 0)
    log_warning(
        fmt::format("{}: {} of {} characters are unknown, \"{}\" the first of them, and read as one token for "
                    "all (data.unknown, data.min_count)",
                    file, count_text(strange), count_text(static_cast<int64_t>(tokens.size())), first));
  return tokens;
}

std::shared_ptr<Split> Text::windows(std::vector<int32_t> tokens, int64_t first, int64_t count, int64_t step,
                                     const std::string& file) const {
  if (count <= context_length)
    bad_data(file, "a split of " + std::to_string(count) + " tokens is too short for samples of data.context_length " +
                       std::to_string(context_length) + " and the token after them");
  return std::make_shared<Windows>(std::make_shared<const std::vector<int32_t>>(std::move(tokens)), first, count,
                                   context_length, step, file);
}

Splits Text::open(const OpenOptions& options) const {
  const std::string text = load(path);
  // Cut by tokens: 0.1 of 1,115,394 characters leaves the first 1,003,854 (rounded down).
  std::vector<size_t> starts;  // offset of every character
  if (level == "character")
    for (std::string_view character : characters(text))
      starts.push_back(static_cast<size_t>(character.data() - text.data()));
  const int64_t total = level == "byte" ? static_cast<int64_t>(text.size()) : static_cast<int64_t>(starts.size());
  const auto cut = [](int64_t size, const Optional<TextSplitRule>& rule) {
    return rule && rule->split ? static_cast<int64_t>(static_cast<double>(size) * (1.0 - *rule->split) + 1e-6) : size;
  };
  const int64_t test_start = cut(total, test), val_start = cut(test_start, val);
  const size_t train_bytes = val_start == total ? text.size()
                             : level == "byte"  ? static_cast<size_t>(val_start)
                                                : starts[static_cast<size_t>(val_start)];

  const std::vector<std::string> vocabulary = options.fitted.is_null()
                                                  ? learn(std::string_view(text).substr(0, train_bytes))
                                                  : options.fitted.at("vocabulary").get<std::vector<std::string>>();
  const std::vector<int32_t> tokens = encode(path, text, vocabulary);
  const auto part = [&](int64_t first, int64_t end, int64_t step) {
    return windows({tokens.begin() + first, tokens.begin() + end}, 0, end - first, step, path);
  };
  Splits splits;
  splits.train = part(0, val_start, stride);
  if (val && val->split) splits.val = part(val_start, test_start, context_length);
  if (test && test->split) splits.test = part(test_start, total, context_length);
  const auto file_split = [&](const Optional<TextSplitRule>& rule) -> std::shared_ptr<Split> {
    const std::string other = load(*rule->path);
    std::vector<int32_t> ids = encode(*rule->path, other, vocabulary);
    const int64_t count = static_cast<int64_t>(ids.size());
    return windows(std::move(ids), 0, count, context_length, *rule->path);
  };
  if (val && val->path) splits.val = file_split(val);
  if (test && test->path) splits.test = file_split(test);
  for (const char* name : {"input", "target"})
    splits.info.fields.push_back({name, FieldInfo::Means::tokens, {context_length}, vocabulary});
  splits.info.fitted = {{"vocabulary", vocabulary}};
  return splits;
}

std::shared_ptr<Split> Text::open_inputs(const std::vector<std::string>& paths, const OpenOptions& options) const {
  const auto vocabulary = options.fitted.at("vocabulary").get<std::vector<std::string>>();
  std::vector<std::vector<int32_t>> texts;
  for (const std::string& file : paths) texts.push_back(encode(file, load(file), vocabulary));
  return std::make_shared<Prompts>(std::move(texts), paths);
}

const Registered<Dataset, Text> text_entry{"text", "Plain text, as characters or bytes, for language models."};

}  // namespace
}  // namespace dlrun
