// Which number is next, and that nobody gets it twice.

#include "base/numbered_folder.h"

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "support.h"

namespace dlrun::numbered_folder_test {
namespace {

TEST_CASE("the next number follows the highest, of files and folders, and counts from 1") {
  const test::TempDir folder;
  const std::string path = folder / "runs/table-${n}";
  CHECK(is_numbered(path));
  CHECK_FALSE(is_numbered(folder / "runs/table-$n"));
  CHECK(highest_numbered(path).empty());
  CHECK(next_numbered(path) == folder / "runs/table-1");
  for (const char* name : {"runs/table-2/x", "runs/table-9", "runs/other-40/x"}) folder.write(name, "");
  // None of these is a number that dlrun gave.
  for (const char* name : {"runs/table-099", "runs/table--50", "runs/table-77a", "runs/table-", "runs/table-+60"})
    folder.write(name, "");
  CHECK(highest_numbered(path) == folder / "runs/table-9");
  CHECK(next_numbered(path) == folder / "runs/table-10");
  CHECK(highest_numbered(folder / "runs/${n}") == "");
  CHECK(next_numbered(folder / "runs/other-${n}/seed/a") == folder / "runs/other-41/seed/a");
  CHECK(next_numbered(folder / "runs/t${n}able-2") == folder / "runs/t1able-2");
  CHECK(last_numbered_hint(path, "dlrun train") ==
        " For the last one: dlrun train " + folder / "runs/table-9" + " --resume");
  CHECK(last_numbered_hint(folder / "none/${n}", "dlrun train").empty());
}

TEST_CASE("those who ask at once get numbers of their own, and a folder that stays empty goes again") {
  const test::TempDir folder;
  const std::string path = folder / "runs/${n}/x";
  constexpr int askers = 16;
  std::vector<std::unique_ptr<NumberedFolder>> folders(askers);
  std::vector<std::thread> threads;
  for (auto& each : folders) threads.emplace_back([&each, &path] { each = std::make_unique<NumberedFolder>(path); });
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> names;
  for (const auto& each : folders) names.insert(each->path());
  std::set<std::string> wanted;
  for (int i = 1; i <= askers; ++i) wanted.insert(folder / ("runs/" + std::to_string(i) + "/x"));
  CHECK(names == wanted);
  folder.write("runs/3/x", "something");
  folders[7]->keep();
  const std::string kept = parent_folder(folders[7]->path());
  folders.clear();
  CHECK(FileSystem::instance().exists(folder / "runs/3/x"));
  CHECK(FileSystem::instance().exists(kept));
  CHECK(FileSystem::instance().list(folder / "runs").size() == (kept == folder / "runs/3" ? 1 : 2));
}

TEST_CASE("a number for which there is no place is an error") {
  const test::TempDir folder;
  folder.write("file", "");
  try {
    NumberedFolder(folder / "file/${n}");
    FAIL("made a folder in a file");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::cannot_write);
    CHECK_THAT(error.what(), Catch::StartsWith(folder / "file"));
  }
}

}  // namespace
}  // namespace dlrun::numbered_folder_test
