// Scalars by the YAML 1.2 core schema, and what is said about one that does not fit.
//
//   null     null Null NULL ~ and nothing at all
//   bool     true True TRUE false False FALSE; yes, no, on and off are text
//   integer  12 -3 0x1f 0o17; also 1e3 and 4.0, numbers without a fraction. No leading zeros, no underscores
//   number   1 0.5 .5 1e-4 -2.5E+3 .inf -.inf .nan

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spec/tree.h"

namespace dlrun {

bool is_null_text(std::string_view text);
std::optional<bool> parse_bool(std::string_view text);
std::optional<int64_t> parse_integer(std::string_view text);  // empty also when it does not fit 64 bits
std::optional<double> parse_number(std::string_view text);    // empty also when it does not fit a double

// Bytes of "5GB", "500 MB", "1.5KB" (powers of 1000, as huggingface_hub counts) or "2GiB" (powers of 1024); empty for
// other texts and for less than one byte.
std::optional<uint64_t> parse_size(std::string_view text);

// Whether a plain scalar of this text would be read as text.
bool is_text(std::string_view text);

// A value as messages show it: "ten" in quotes, 1.5 bare, "a list", "a group of keys".
std::string shown(const Node& node);

// What to write instead, for values people often mean: "; YAML 1.2 writes true" or nothing.
std::string bool_hint(const Node& node);
std::string number_hint(const Node& node, bool integer);

}  // namespace dlrun
