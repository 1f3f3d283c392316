// What was read from secret variables in this process.

#include "spec/secrets.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>
#include <set>

#include "base/text.h"

namespace dlrun {
namespace {

struct Kept {
  std::mutex mutex;
  std::map<std::string, std::string> references;  // by value
  std::set<std::string> variables;
};

Kept& kept() {
  static Kept instance;
  return instance;
}

// "HF_TOKEN" and "hfToken" are hf, token.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  bool after_small = false;
  for (const char c : name) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    const bool large = std::isupper(static_cast<unsigned char>(c)) != 0;
    if (!letter || (large && after_small)) words.emplace_back();
    if (letter) words.back() += c;
    after_small = letter && !large;
  }
  for (std::string& word : words) word = lower(word);
  return words;
}

}  // namespace

bool looks_secret(std::string_view variable) {
  static const std::set<std::string> secret = {"token",  "tokens",     "secret",     "secrets",    "password",
                                               "passwd", "passphrase", "pwd",        "key",        "keys",
                                               "apikey", "auth",       "credential", "credentials"};
  if (variable == "PWD" || variable == "OLDPWD") return false;  // the working folder
  const std::vector<std::string> words = words_of(variable);
  return std::any_of(words.begin(), words.end(), [](const std::string& word) { return secret.contains(word); });
}

void keep_reference(const std::string& value, const std::string& reference, const std::string& variable) {
  if (value.empty()) return;
  const std::lock_guard lock(kept().mutex);
  // The first: a later one may refer to the key that is to hold it.
  kept().references.emplace(value, reference);
  kept().variables.insert(variable);
}

std::string reference_for(const std::string& value) {
  const std::lock_guard lock(kept().mutex);
  const auto found = kept().references.find(value);
  return found == kept().references.end() ? "" : found->second;
}

std::string as_written(const std::string& value) {
  const std::string reference = reference_for(value);
  return reference.empty() ? value : reference;
}

std::vector<std::string> secret_variables() {
  const std::lock_guard lock(kept().mutex);
  return {kept().variables.begin(), kept().variables.end()};
}

}  // namespace dlrun
