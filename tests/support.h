// Helpers for tests: the project's folder, real data or a printed skip, and temporary folders.

#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace dlrun::test {

// Test cases that ended with skip(). The test program answers 4 when every test case it ran was skipped.
inline int skipped_cases = 0;

// Says why a test case does not run here; the test returns right after it.
inline void skip(const std::string& why) {
  std::printf("skipped: %s\n", why.c_str());
  ++skipped_cases;
}

// Where the sources lie. Defined in main.cpp alone, so that no other object depends on the folder it was built in.
std::filesystem::path source_dir();

// Where real data sets lie, a folder each; it need not exist.
inline std::filesystem::path data_root() {
  const char* root = std::getenv("DLRUN_TEST_DATA");
  return root ? std::filesystem::path(root) : source_dir() / ".." / "shared" / "data";
}

// The folder of a real data set ("fashion-mnist"); empty, after a printed skip, where it is missing:
//   auto folder = test::real_data("cora");
//   if (folder.empty()) return;
inline std::filesystem::path real_data(const std::string& name) {
  const std::filesystem::path folder = data_root() / name;
  if (std::filesystem::is_directory(folder)) return std::filesystem::canonical(folder);
  skip("no real data at " + folder.string() + " (set DLRUN_TEST_DATA to the folder that holds " + name + "/)");
  return {};
}

// A new empty folder, removed with its content at the end of the scope.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dlrun-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) std::abort();
    path_ = pattern;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  // Writes a file (and the folders above it) and gives its path.
  std::string write(std::string_view name, std::string_view content) const {
    std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

// The whole content of a file; empty when it cannot be read.
inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

}  // namespace dlrun::test
