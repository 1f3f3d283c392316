// The interface of tokenizers: from text to ids of a vocabulary that is learned from the training texts.

#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spec/field.h"

namespace dlrun {

// What a tokenizer became on the training texts. Thread-safe for reading.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;
  virtual const std::vector<std::string>& vocabulary() const = 0;  // tokens by id; 0 is padding
  // Ids of a text, at least one. What the vocabulary lacks becomes its token for that.
  virtual std::vector<int32_t> encode(std::string_view text) const = 0;
  virtual int32_t id(std::string_view token) const = 0;  // of a text that is one token already
};

struct Tokenizer : Params {
  static constexpr const char* kind = "tokenizer";
  // Learns from texts; what comes back is stored with the model and makes the same encoder again.
  virtual nlohmann::json fit(std::span<const std::string_view> texts) const = 0;
  virtual nlohmann::json fit_tokens(std::span<const std::string_view> tokens) const = 0;  // texts cut already
  virtual std::shared_ptr<const TextEncoder> encoder(const nlohmann::json& fitted) const = 0;
};

// The recipe's, or words where it names none.
std::shared_ptr<const Tokenizer> tokenizer_of(const Choice<Tokenizer>& choice);

}  // namespace dlrun
