// Where output goes: files whole or not at all, devices and pipes straight, links to what they lead to.

#include "base/output_file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "base/error.h"
#include "support.h"

namespace dlrun::output_file_test {
namespace {

FileSystem& disk_files() { return FileSystem::instance(); }

TEST_CASE("a file appears whole, and without commit() the old one stays and nothing else is left") {
  test::TempDir folder;
  const std::string path = folder.write("text", "old");
  {
    OutputFile file(path);
    file.writer().write("half of the n");
    CHECK(read_text(path) == "old");
  }
  CHECK(read_text(path) == "old");
  {
    OutputFile file(path);
    file.writer().write("new");
    file.commit();
  }
  CHECK(read_text(path) == "new");
  CHECK(disk_files().list(folder.path()) == std::vector<std::string>{"text"});
  // What a killed process left is overwritten.
  folder.write("text.dlrun-tmp", "from a process that was killed, and longer than what comes");
  write_text_atomically(path, "newer");
  CHECK(read_text(path) == "newer");
  CHECK(disk_files().list(folder.path()) == std::vector<std::string>{"text"});
}

TEST_CASE("two processes do not write one file together") {
  test::TempDir folder;
  OutputFile first(folder / "text");
  CHECK_THROWS_WITH(OutputFile(folder / "text"), Catch::Contains("another process is writing this file"));
  first.writer().write("first");
  first.commit();
  CHECK(read_text(folder / "text") == "first");
}

TEST_CASE("what a link leads to is replaced, not the link") {
  test::TempDir folder;
  folder.write("there/target", "old");
  REQUIRE(symlink("there/target", (folder / "link").c_str()) == 0);
  REQUIRE(symlink((folder / "link").c_str(), (folder / "second").c_str()) == 0);
  REQUIRE(symlink("there/not yet", (folder / "dangling").c_str()) == 0);
  write_text_atomically(folder / "second", "new");
  write_text_atomically(folder / "dangling", "made");
  for (const char* name : {"link", "second", "dangling"}) CHECK(disk_files().is_link(folder / name));
  CHECK(read_text(folder / "there/target") == "new");
  CHECK(read_text(folder / "there/not yet") == "made");
  REQUIRE(symlink("round", (folder / "round").c_str()) == 0);
  CHECK_THROWS_WITH(write_text_atomically(folder / "round", ""), Catch::Contains("Too many levels of symbolic links"));
}

TEST_CASE("a pipe is written to and stays a pipe") {
  test::TempDir folder;
  const std::string path = folder / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] {
    const int descriptor = open(path.c_str(), O_RDONLY);
    char piece[64];
    for (ssize_t count; (count = read(descriptor, piece, sizeof piece)) > 0;) got.append(piece, count);
    close(descriptor);
  });
  write_text_atomically(path, "through");
  reader.join();
  CHECK(got == "through");
  struct stat status;
  REQUIRE(lstat(path.c_str(), &status) == 0);
  CHECK(S_ISFIFO(status.st_mode));
}

TEST_CASE("a device is written to and stays a device; a socket is refused and stays") {
  test::TempDir folder;
  struct stat status;
  if (const std::string device = folder / "null"; mknod(device.c_str(), S_IFCHR | 0666, (1 << 8) | 3) == 0) {
    write_text_atomically(device, "gone");
    REQUIRE(lstat(device.c_str(), &status) == 0);
    CHECK(S_ISCHR(status.st_mode));
  } else {
    test::skip("no right to make a device");
  }
  const std::string path = folder / "socket";
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK_THROWS_AS(write_text_atomically(path, "x"), UserError);
  REQUIRE(lstat(path.c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  close(socket);
  CHECK_THROWS_WITH(write_text_atomically(folder.path(), "x"), Catch::Contains("is a folder; name a file"));
}

TEST_CASE("a descriptor that was given is written where it stands, and what it leads to is not replaced") {
  test::TempDir folder;
  const std::string path = folder.write("log", "before\n");
  const int descriptor = open(path.c_str(), O_WRONLY | O_APPEND);
  REQUIRE(descriptor >= 0);
  write_text_atomically("/dev/fd/" + std::to_string(descriptor), "new\n");
  REQUIRE(write(descriptor, "after\n", 6) == 6);
  close(descriptor);
  CHECK(read_text(path) == "before\nnew\nafter\n");
}

}  // namespace
}  // namespace dlrun::output_file_test
