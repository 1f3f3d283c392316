// Files on real file systems: errors name the path, the cause and the way out; a full disk costs nothing that was
// there.

#include "base/files.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>

#include "base/error.h"
#include "base/hash.h"
#include "support.h"

namespace dlrun::files_test {
namespace {

FileSystem& files() { return FileSystem::instance(); }

struct Failure {
  ExitCode code = ExitCode::ok;
  std::string text;
};

Failure failure(const std::function<void()>& action) {
  try {
    action();
    return {};
  } catch (const UserError& error) {
    return {error.code(), error.what()};
  }
}

// A small file system of its own, where the machine lets us mount one.
class TinyDisk {
 public:
  explicit TinyDisk(const char* options) : mounted_(mount("tmpfs", path().c_str(), "tmpfs", 0, options) == 0) {}
  ~TinyDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  std::string path() const { return folder_.path().string(); }
  std::string operator/(std::string_view name) const { return folder_ / name; }
  void make_read_only() { REQUIRE(mount(nullptr, path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0); }

 private:
  test::TempDir folder_;
  bool mounted_;
};

TEST_CASE("parents of paths") {
  CHECK(parent_folder("a/b/c") == "a/b");
  CHECK(parent_folder("a") == ".");
  CHECK(parent_folder("a/") == ".");
  CHECK(parent_folder("a//b/") == "a");
  CHECK(parent_folder("/a") == "/");
  CHECK(parent_folder("/") == "/");
  CHECK(parent_folder("") == ".");
}

TEST_CASE("files are written, appended to, shortened, listed and removed") {
  test::TempDir folder;
  files().create_folders(folder / "a/b");
  files().create_folders(folder / "a/b");
  std::string path = folder / "a/b/file";
  files().open_for_writing(path, WriteMode::truncate)->write("one");
  files().open_for_writing(path, WriteMode::append)->write("two");
  CHECK(read_text(path) == "onetwo");
  files().truncate(path, 4);
  CHECK(files().size(path) == 4);
  files().open_for_writing(path, WriteMode::truncate)->sync();
  CHECK(read_text(path).empty());
  write_text_atomically(folder / "a/text", "new");
  write_text_atomically(folder / "a/text", "newer");
  CHECK(read_text(folder / "a/text") == "newer");
  CHECK(files().list(folder / "a") == std::vector<std::string>{"b", "text"});
  CHECK(files().kind(folder / "a") == FileKind::folder);
  CHECK(files().kind(path) == FileKind::file);
  files().rename(path, folder / "moved");
  files().remove_all(folder / "a");
  files().remove_all(folder / "a");
  CHECK_FALSE(files().exists(folder / "a"));
  files().remove(folder / "never there");
}

TEST_CASE("a link is removed, not what it points to") {
  test::TempDir folder;
  folder.write("kept/file", "x");
  files().create_folders(folder / "run");
  REQUIRE(symlink((folder / "kept").c_str(), (folder / "run/link").c_str()) == 0);
  files().remove_all(folder / "run");
  CHECK(read_text(folder / "kept/file") == "x");
}

TEST_CASE("memory of a file is private and stays when the file goes") {
  test::TempDir folder;
  std::string path = folder.write("file", "abc");
  FileBytes bytes = files().map(path);
  bytes.bytes[0] = std::byte{'x'};
  files().remove(path);
  CHECK(bytes.text() == "xbc");
  CHECK(files().map(folder.write("empty", "")).bytes.empty());
}

TEST_CASE("a file is read in pieces, each byte once, and hashed on the way") {
  test::TempDir folder;
  std::string text(3 * (size_t{1} << 20) + 5, ' ');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 % 251);
  const std::string path = folder.write("file", text);
  std::string seen;
  files().read(path, [&](std::span<const std::byte> piece) {
    CHECK(piece.size() <= size_t{1} << 20);
    seen.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  CHECK((seen == text));
  CHECK(file_hash(path) == hash_hex(text));
  CHECK(file_hash(folder.write("empty", "")) == hash_hex(""));
  CHECK(failure([&] { file_hash(folder / "none"); }).code == ExitCode::no_input);
  CHECK(failure([&] { file_hash(folder.path()); }).code == ExitCode::no_input);
}

TEST_CASE("missing input, impossible output") {
  test::TempDir folder;
  std::string none = folder / "none";
  CHECK(failure([&] { read_text(none); }).code == ExitCode::no_input);
  CHECK(failure([&] { read_text(none); }).text == none + ": cannot read: No such file or directory");
  CHECK(failure([&] { read_text(folder.path()); }).code == ExitCode::no_input);
  CHECK(failure([&] { files().list(none); }).code == ExitCode::no_input);
  CHECK(failure([&] { files().size(none); }).code == ExitCode::no_input);
  std::string file = folder.write("file", "");
  CHECK(failure([&] { files().create_folders(file + "/sub"); }).code == ExitCode::cannot_write);
  CHECK(failure([&] { write_text_atomically(file + "/sub", ""); }).code == ExitCode::cannot_write);
  CHECK(failure([&] { files().create_folder(file); }).code == ExitCode::cannot_write);
}

TEST_CASE("what is no file is refused at once, and a text has an end") {
  test::TempDir folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(symlink("pipe", (folder / "link").c_str()) == 0);
  REQUIRE(symlink("round", (folder / "round").c_str()) == 0);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {folder / "pipe", "this is a pipe, and a file is needed"},
      {folder / "link", "this is a pipe, and a file is needed"},
      {folder.path().string(), "this is a folder, and a file is needed"},
      {"/dev/zero", "this is a device, and a file is needed"},
      {folder / "round", "cannot read: Too many levels of symbolic links"},
      {folder / std::string(300, 'x'), "cannot read: File name too long"}};
  for (const auto& [path, reason] : cases) {
    for (const auto& action : std::vector<std::function<void()>>{[&] { files().map(path); }, [&] { read_text(path); },
                                                                 [&] { file_hash(path); }}) {
      const Failure found = failure(action);
      CHECK(found.code == ExitCode::no_input);
      CHECK(found.text == path + ": " + reason);
    }
  }
  CHECK(failure([&] { files().kind(folder / "round"); }).code == ExitCode::no_input);
  CHECK(failure([&] { files().exists(folder / std::string(300, 'x')); }).code == ExitCode::no_input);
  const std::string path = folder.write("text", "0123456789");
  CHECK(read_text(path, 10) == "0123456789");
  CHECK(failure([&] { read_text(path, 9); }).code == ExitCode::bad_data);
}

TEST_CASE("a descriptor that was given is read to its end, whatever it is") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "name: piped\n", 12) == 12);
  close(ends[1]);
  CHECK(read_text("/dev/fd/" + std::to_string(ends[0])) == "name: piped\n");
  CHECK(failure([&] { files().map("/dev/fd/" + std::to_string(ends[0])); }).code == ExitCode::no_input);
  close(ends[0]);
}

TEST_CASE("a device that is full is an i/o error that says so") {
  Failure found = failure([] { files().open_for_writing("/dev/full", WriteMode::append)->write("text"); });
  CHECK(found.code == ExitCode::io_error);
  CHECK(found.text.starts_with("/dev/full: cannot write: the disk is full: 4 B more needed, "));
  CHECK(found.text.ends_with(" free. Free some, or write somewhere else."));
}

TEST_CASE("on a full disk the old text stays, and nothing half written") {
  TinyDisk disk("size=256k");
  if (!disk.mounted()) return test::skip("no right to mount a small disk");
  write_text_atomically(disk / "text", "old");
  Failure found = failure([&] { write_text_atomically(disk / "text", std::string(1 << 20, 'x')); });
  CHECK(found.code == ExitCode::io_error);
  INFO(found.text);
  CHECK(found.text.find("KiB more needed, 0 B free") != std::string::npos);
  CHECK(read_text(disk / "text") == "old");
  CHECK(files().list(disk.path()) == std::vector<std::string>{"text"});
  CHECK_NOTHROW(require_space(disk / "not/yet/there", 100 << 10));
  found = failure([&] { require_space(disk / "not/yet/there", 1 << 20); });
  CHECK(found.code == ExitCode::io_error);
  CHECK(found.text.find("not enough space: 1.0 MiB needed, 252 KiB free") != std::string::npos);
}

TEST_CASE("a read-only disk cannot be written to") {
  TinyDisk disk("size=256k");
  if (!disk.mounted()) return test::skip("no right to mount a small disk");
  write_text_atomically(disk / "text", "old");
  disk.make_read_only();
  for (const auto& action : std::vector<std::function<void()>>{
           [&] { files().create_folders(disk / "runs/one"); },
           [&] { write_text_atomically(disk / "text", "new"); },
           [&] { files().remove(disk / "text"); },
           [&] { files().rename(disk / "text", disk / "other"); },
           [&] { FileLock lock(disk / ".lock"); },
       }) {
    Failure found = failure(action);
    CHECK(found.code == ExitCode::cannot_write);
    CHECK(found.text.ends_with("Read-only file system"));
  }
  CHECK(read_text(disk / "text") == "old");
}

TEST_CASE("a lock is held by one at a time and tells by whom") {
  test::TempDir folder;
  {
    FileLock first(folder / "lock");
    CHECK(first.held());
    FileLock second(folder / "lock");
    CHECK_FALSE(second.held());
    CHECK(second.holder() == std::to_string(getpid()));
  }
  CHECK(FileLock(folder / "lock").held());
}

}  // namespace
}  // namespace dlrun::files_test
