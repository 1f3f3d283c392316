// Texts to tokens and back.

#include "data/vocabulary.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace dlrun {
namespace {

// Bytes of the UTF-8 character that begins with `lead`.
size_t length_of(char lead) {
  const unsigned char byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

[[noreturn]] void refuse(const std::vector<std::string>& strange, const std::string& what) {
  constexpr size_t most = 5;
  const std::vector<std::string> shown(strange.begin(),
                                       strange.begin() + static_cast<std::ptrdiff_t>(std::min(most, strange.size())));
  throw UserError(
      ExitCode::bad_data,
      what + ": the training text has no \"" + join(shown, "\", \"") + "\"" +
          (strange.size() > most ? " and " + std::to_string(strange.size() - most) + " more" : "") +
          "; the model knows only characters that it has seen (data.unknown: token gives it one for all others)");
}

}  // namespace

std::vector<std::string> byte_vocabulary() {
  std::vector<std::string> names;
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, byte >= 0x20 && byte < 0x7F ? "%c" : "\\x%02x", byte);
    names.emplace_back(name);
  }
  return names;
}

bool is_byte_vocabulary(const std::vector<std::string>& vocabulary) {
  static const std::vector<std::string> bytes = byte_vocabulary();
  return vocabulary == bytes;
}

std::vector<int64_t> tokens_of(const std::string& text, const std::vector<std::string>& vocabulary,
                               const std::string& what) {
  std::vector<int64_t> tokens;
  if (is_byte_vocabulary(vocabulary)) {
    for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  if (const size_t invalid = invalid_utf8(text); invalid != std::string::npos)
    throw UserError(ExitCode::bad_data, what + ": is not valid UTF-8 at offset " + std::to_string(invalid));
  std::map<std::string_view, int64_t> ids;
  size_t longest = 1;
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    ids.emplace(vocabulary[i], static_cast<int64_t>(i));
    longest = std::max(longest, vocabulary[i].size());
  }
  const auto stand_in = ids.find(unknown_character);
  std::vector<std::string> strange;
  for (size_t at = 0; at < text.size();) {
    auto found = ids.end();
    size_t length = std::min(longest, text.size() - at);
    for (; length > 0 && found == ids.end(); --length) found = ids.find(std::string_view(text).substr(at, length));
    if (found != ids.end()) {
      tokens.push_back(found->second);
      at += found->first.size();
      continue;
    }
    const std::string character = text.substr(at, length_of(text[at]));
    if (std::find(strange.begin(), strange.end(), character) == strange.end()) strange.push_back(character);
    if (stand_in != ids.end()) tokens.push_back(stand_in->second);
    at += character.size();
  }
  if (stand_in != ids.end() && !strange.empty())
    log_warning(what + ": the training text has no \"" + join(strange, "\", \"") +
                "\"; each is read as one token for all unknown characters");
  else if (!strange.empty())
    refuse(strange, what);
  return tokens;
}

std::string text_of(std::span<const int64_t> tokens, const std::vector<std::string>& vocabulary) {
  const bool bytes = is_byte_vocabulary(vocabulary);
  std::string text;
  for (const int64_t token : tokens) {
    if (bytes)
      text += static_cast<char>(token);
    else
      text += vocabulary.at(static_cast<size_t>(token));
  }
  return text;
}

}  // namespace dlrun
