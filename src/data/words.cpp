// Words: what stands between white space, and each mark of punctuation by itself.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "data/tokenizer.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr const char* padding = "<pad>";
constexpr const char* unknown_word = "<unk>";

struct Words final : Tokenizer {
  bool lowercase = false;
  bool split_punctuation = true;
  int64_t min_count = 1;
  int64_t max_size = 50000;

  std::vector<Field> fields() override {
    return {
        field("lowercase", lowercase, "Letters A to Z become small; others stay as they are."),
        field("split_punctuation", split_punctuation, "Each ASCII mark of punctuation is a word of its own."),
        field("min_count", min_count, "A word of the training texts that comes less often is unknown.", at_least(1)),
        field("max_size", max_size, "Words of the vocabulary, the most frequent first; the others are unknown.",
              at_least(1)),
    };
  }

  nlohmann::json fit(std::span<const std::string_view> texts) const override {
    std::map<std::string, int64_t> counts;
    for (const std::string_view text : texts)
      for (std::string& word : cut(text)) ++counts[std::move(word)];
    return chosen(counts);
  }

  nlohmann::json fit_tokens(std::span<const std::string_view> tokens) const override {
    std::map<std::string, int64_t> counts;
    for (const std::string_view token : tokens) ++counts[normal(token)];
    return chosen(counts);
  }

  std::shared_ptr<const TextEncoder> encoder(const nlohmann::json& fitted) const override;

  std::string normal(std::string_view word) const {
    std::string text(word);
    if (lowercase)
      std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return text;
  }

  std::vector<std::string> cut(std::string_view text) const {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    const auto alone = [&](char c) { return split_punctuation && std::ispunct(static_cast<unsigned char>(c)); };
    std::vector<std::string> words;
    size_t first = 0;
    for (size_t at = 0; at <= text.size(); ++at) {
      const bool ends = at == text.size() || is_space(text[at]) || alone(text[at]);
      if (!ends) continue;
      if (at > first) words.push_back(normal(text.substr(first, at - first)));
      if (at < text.size() && alone(text[at])) words.emplace_back(1, text[at]);
      first = at + 1;
    }
    return words;
  }

 private:
  // The most frequent words; equal counts in the order of their bytes.
  nlohmann::json chosen(const std::map<std::string, int64_t>& counts) const {
    std::vector<std::pair<std::string, int64_t>> words;
    for (const auto& [word, count] : counts)
      if (count >= min_count && word != padding && word != unknown_word) words.emplace_back(word, count);
    std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    if (static_cast<int64_t>(words.size()) > max_size) words.resize(static_cast<size_t>(max_size));
    std::vector<std::string> vocabulary = {padding, unknown_word};
    for (auto& [word, count] : words) vocabulary.push_back(std::move(word));
    return {{"vocabulary", vocabulary}};
  }
};

class WordEncoder final : public TextEncoder {
 public:
  WordEncoder(Words words, std::vector<std::string> vocabulary)
      : words_(std::move(words)), vocabulary_(std::move(vocabulary)) {
    for (size_t i = 0; i < vocabulary_.size(); ++i) ids_[vocabulary_[i]] = static_cast<int32_t>(i);
  }

  const std::vector<std::string>& vocabulary() const override { return vocabulary_; }

  std::vector<int32_t> encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    for (const std::string& word : words_.cut(text)) ids.push_back(find(word));
    if (ids.empty()) ids.push_back(unknown_id);  // A text of nothing is one word nobody knows.
    return ids;
  }

  int32_t id(std::string_view token) const override { return find(words_.normal(token)); }

 private:
  static constexpr int32_t unknown_id = 1;
  int32_t find(const std::string& word) const {
    const auto found = ids_.find(word);
    return found == ids_.end() ? unknown_id : found->second;
  }

  Words words_;
  std::vector<std::string> vocabulary_;
  std::unordered_map<std::string, int32_t> ids_;
};

std::shared_ptr<const TextEncoder> Words::encoder(const nlohmann::json& fitted) const {
  return std::make_shared<WordEncoder>(*this, fitted.at("vocabulary").get<std::vector<std::string>>());
}

const Registered<Tokenizer, Words> words_entry{"words",
                                               "Words between white space, and marks of punctuation by themselves."};

}  // namespace

std::shared_ptr<const Tokenizer> tokenizer_of(const Choice<Tokenizer>& choice) {
  if (choice) return std::static_pointer_cast<const Tokenizer>(choice.value);
  return std::make_shared<Words>();
}

}  // namespace dlrun
