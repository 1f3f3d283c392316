// fork, a pipe, and a group in it.

#include "dist/ranks.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "base/error.h"
#include "dist/meeting.h"

namespace dlrun::test {
namespace {

[[noreturn]] void work_in_child(const std::function<std::string(int)>& work, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);  // as in dlrun
  alarm(300);
  at::set_num_threads(1);  // Those of the test program did not come along.
  const double start = monotonic_seconds();
  std::string said;
  try {
    said = work(output);
  } catch (const UserError& error) {
    said = "UserError " + std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  } catch (const std::exception& error) {
    said = std::string("exception: ") + error.what();
  }
  const double seconds = monotonic_seconds() - start;
  said.append(reinterpret_cast<const char*>(&seconds), sizeof seconds);
  const ssize_t written = write(output, said.data(), said.size());
  _exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

Child::Child(const std::function<std::string(int output)>& work) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);  // What a child starts must not keep the test waiting.
  std::fflush(nullptr);
  process_ = fork();
  REQUIRE(process_ >= 0);
  if (process_ == 0) work_in_child(work, ends[1]);
  close(ends[1]);
  pipe_ = ends[0];
}

Ended Child::end() const {
  Ended ended;
  char piece[4096];
  for (ssize_t count; (count = read(pipe_, piece, sizeof piece)) > 0;)
    ended.said.append(piece, static_cast<size_t>(count));
  close(pipe_);
  int status = 0;
  waitpid(process_, &status, 0);
  ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (ended.said.size() >= sizeof ended.seconds) {
    const size_t text = ended.said.size() - sizeof ended.seconds;
    std::memcpy(&ended.seconds, ended.said.data() + text, sizeof ended.seconds);
    ended.said.resize(text);
  }
  return ended;
}

Agent::Agent()
    : child_([](int output) -> std::string {
        const LocalMeeting meeting = open_local_meeting(Machine());
        if (write(output, &meeting.port, sizeof meeting.port) != sizeof meeting.port) return "";
        while (true) pause();
      }) {
  REQUIRE(read(child_.pipe(), &port_, sizeof port_) == sizeof port_);
}

Agent::~Agent() {
  kill(child_.process(), SIGKILL);
  child_.end();
}

RankPlace Agent::place(int64_t rank, int64_t size) const {
  RankPlace place = own_place(port_, rank, size);
  place.first_opens = false;
  return place;
}

RankPlace own_place(uint16_t port, int64_t rank, int64_t size) {
  RankPlace place;
  place.launcher = "test";
  place.rank = place.local_rank = rank;
  place.size = place.local_size = size;
  place.host = "127.0.0.1";
  place.port = port;
  return place;
}

uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  REQUIRE(bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(descriptor);
  return ntohs(address.sin_port);
}

std::vector<Ended> run_places(const std::vector<RankPlace>& places, const Work& work, const GroupOptions& options) {
  std::vector<Child> children;
  for (const RankPlace& place : places)
    children.emplace_back([&](int) {
      const std::unique_ptr<Group> group = open_group(place, options);
      return work(*group);
    });
  std::vector<Ended> ended;
  for (const Child& child : children) ended.push_back(child.end());
  return ended;
}

std::vector<Ended> run_ranks(int64_t size, const Work& work, const GroupOptions& options) {
  const Agent agent;
  std::vector<RankPlace> places;
  for (int64_t rank = 0; rank < size; ++rank) places.push_back(agent.place(rank, size));
  return run_places(places, work, options);
}

}  // namespace dlrun::test

// What local_ranks_test starts as a rank.
TEST_CASE("a local rank adds up", "[.]") {
  const dlrun::RankPlace place = dlrun::find_place();
  REQUIRE(place.size == 3);
  const std::unique_ptr<dlrun::Group> group = dlrun::open_group(place);
  at::Tensor tensor = at::scalar_tensor(group->rank() + 1, at::kLong);
  group->add(tensor);
  REQUIRE(tensor.item<int64_t>() == 6);
}
