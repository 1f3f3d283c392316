// Numbers, and what must be set together.

#include "dist/variables.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace dlrun {

void refuse_variable(const std::string& message) { throw UserError(ExitCode::usage, message); }

int64_t whole_number(const std::string& name, const std::string& text, int64_t minimum, int64_t maximum) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < minimum || value > maximum)
    refuse_variable(name + ": must be a whole number from " + std::to_string(minimum) + " to " +
                    std::to_string(maximum) + ", got " + text + ". A launcher sets this variable.");
  return value;
}

VariableSet::VariableSet(const Variables& variables, std::string setter, std::vector<std::string> names)
    : variables_(variables), setter_(std::move(setter)) {
  for (std::string& name : names)
    if (variables(name)) there_.push_back(std::move(name));
}

std::string VariableSet::values() const {
  std::vector<std::string> pairs;
  for (const std::string& name : there_) pairs.push_back(name + "=" + variables_(name).value_or(""));
  return join(pairs, ", ");
}

std::string VariableSet::need(const std::string& name) const {
  const std::optional<std::string> text = variables_(name);
  if (!text)
    refuse_variable(name + ": must be set together with " + values() + ", but is not. " + setter_ +
                    " sets them all; unset " + join(there_, ", ") + " to train in one process.");
  return *text;
}

int64_t VariableSet::number(const std::string& name, int64_t minimum, int64_t maximum) const {
  return whole_number(name, need(name), minimum, maximum);
}

int64_t VariableSet::number_or(const std::string& name, int64_t minimum, int64_t maximum, int64_t otherwise) const {
  return has(name) ? number(name, minimum, maximum) : otherwise;
}

int64_t VariableSet::rank_below(const std::string& name, const std::string& limit_name, int64_t limit) const {
  const int64_t rank = number(name, 0, most_ranks);
  if (rank >= limit)
    refuse_variable(name + ": must be below " + limit_name + " (" + std::to_string(limit) + "), got " +
                    std::to_string(rank) + ". Ranks are counted from 0.");
  return rank;
}

uint16_t port_of(const std::string& shared) {
  constexpr uint64_t lowest = 15000, count = 15000;
  const uint64_t hash = hash_of(std::as_bytes(std::span(shared.data(), shared.size()))).low;
  return static_cast<uint16_t>(lowest + hash % count);
}

void meet(const Variables& variables, const std::string& host, const std::string& from, RankPlace& place) {
  const std::optional<std::string> address = variables("MASTER_ADDR"), port = variables("MASTER_PORT");
  place.host = address.value_or(host);
  place.port = port ? static_cast<uint16_t>(whole_number("MASTER_PORT", *port, 1, 65535)) : port_of(place.attempt);
  if (!address || !port) place.decided_by = from + " (or MASTER_ADDR, MASTER_PORT)";
}

std::optional<std::string> process_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value || !*value) return std::nullopt;
  return value;
}

}  // namespace dlrun
