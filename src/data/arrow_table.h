// Parquet, Arrow and Feather files, read and written by libdlrun_arrow.so, which a build may lack.

#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace dlrun {

// By the ending of its name: .parquet, .arrow and .feather.
bool is_arrow_table(const std::string& path);

// Throws UserError(no_input) where the plugin cannot be loaded, which says what to install.
void require_arrow_plugin(const std::string& path);

// A column to be written: a value for each row, of one kind, and whether it has one.
struct WrittenColumn {
  std::string name;
  std::variant<std::vector<double>, std::vector<int64_t>, std::vector<uint8_t>, std::vector<std::string>> values;
  std::vector<uint8_t> known;  // 1: has a value; what stands for the others is any
};

// The bytes of the file that the ending of `path` asks for. Throws UserError: no_input as above, cannot_write.
std::string arrow_file(const std::string& path, const std::vector<WrittenColumn>& columns);

}  // namespace dlrun
