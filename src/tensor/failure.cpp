// Errors of libtorch in words.

#include "tensor/failure.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cstdint>

#include "base/units.h"

namespace dlrun {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// "asked for 1.3 GiB", of "you tried to allocate 1346400000 bytes", "a tensor asks for 8 bytes" or "Tried to allocate
// 20.00 MiB"; empty where no amount is said.
std::string amount_of(const std::string& text) {
  for (const char* before : {"tried to allocate ", "Tried to allocate ", "asks for "}) {
    const size_t at = text.find(before);
    if (at == std::string::npos) continue;
    const size_t start = at + std::string(before).size();
    const std::string rest = text.substr(start, text.find_first_of(".\n(", text.find(' ', start)) - start);
    uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), bytes);
    if (error == std::errc() && std::string(end).starts_with(" bytes")) return bytes_text(bytes);
    return rest;
  }
  return "";
}

}  // namespace

Failure failure_of(const std::exception& error) {
  Failure failure;
  const auto* torch = dynamic_cast<const c10::Error*>(&error);
  if (!torch) return failure;
  failure.known = true;
  failure.details = torch->what();
  const std::string text = torch->what_without_backtrace();
  const bool out_of_memory = dynamic_cast<const c10::OutOfMemoryError*>(torch) || says(text, "not enough memory") ||
                             says(text, "can't allocate memory") || says(text, "CUDA out of memory");
  if (out_of_memory) {
    failure.memory = true;
    const std::string amount = amount_of(text);
    failure.sentence = amount.empty() ? first_line(text) : "one tensor asked for " + amount;
    if (says(text, "CUDA out of memory")) failure.sentence += " of the GPU's memory";
    return failure;
  }
  failure.sentence = first_line(text);
  failure.memory = says(text, "CUDA error") || says(text, "CUBLAS_STATUS") || says(text, "CUDNN_STATUS");
  return failure;
}

}  // namespace dlrun

void dlrun_failure_of(const std::exception& error, dlrun::Failure& failure) { failure = dlrun::failure_of(error); }
