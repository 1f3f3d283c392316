// What tests of the live line share: the stderr of a process of its own.

#pragma once

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>

namespace dlrun::test {

// What a process of its own writes to stderr, on a terminal of 40 columns or into a pipe.
inline std::string written(bool on_terminal, const std::function<void()>& body) {
  int reader = -1, writer = -1, pipe_ends[2];
  winsize size{25, 40, 0, 0};
  if (on_terminal) {
    REQUIRE(openpty(&reader, &writer, nullptr, nullptr, &size) == 0);
  } else {
    REQUIRE(pipe(pipe_ends) == 0);
    reader = pipe_ends[0];
    writer = pipe_ends[1];
  }
  pid_t child = fork();
  if (child == 0) {
    setenv("TERM", "xterm", 1);
    for (const char* name : {"NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"}) unsetenv(name);
    dup2(writer, STDERR_FILENO);
    close(reader);
    close(writer);
    body();
    _exit(0);
  }
  close(writer);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(reader, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  close(reader);
  waitpid(child, nullptr, 0);
  return text;
}

}  // namespace dlrun::test
