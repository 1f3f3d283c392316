// c10d's TCPStore, with errors that say who and where.

#include "dist/meeting.h"

#include <arpa/inet.h>
#include <c10/util/Exception.h>
#include <c10/util/Logging.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"

namespace dlrun {
namespace {

constexpr const char* must_be_free =
    ": the address must be one of this machine, and no other program may use the port. (";

[[noreturn]] void fail(const std::string& message) { throw UserError(ExitCode::io_error, message); }

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

std::string address(const RankPlace& place) { return place.host + ":" + std::to_string(place.port); }

c10d::TCPStoreOptions store_options(const RankPlace& place, double seconds) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.waitWorkers = false;  // call_roll() waits, and can say for whom.
  options.timeout = milliseconds(seconds);
  return options;
}

Meeting of_attempt(const RankPlace& place, Meeting store) {
  return c10::make_intrusive<c10d::PrefixStore>("dlrun/" + place.attempt, std::move(store));
}

// Bound here and not by c10d, which would listen on every network of the machine.
int listen_on_loopback(uint16_t& port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (descriptor < 0 || bind(descriptor, generic, length) != 0 || listen(descriptor, SOMAXCONN) != 0 ||
      getsockname(descriptor, generic, &length) != 0) {
    const std::string reason = std::strerror(errno);
    if (descriptor >= 0) close(descriptor);
    fail("127.0.0.1: cannot be listened on, for the local ranks to meet: " + reason);
  }
  port = ntohs(address.sin_port);
  return descriptor;
}

}  // namespace

std::string first_line(const std::exception& error) {
  const auto* const of_libtorch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = of_libtorch ? of_libtorch->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

void quiet_libtorch() {
  if (!process_variable("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = c10::GLOG_FATAL;
}

Meeting open_meeting(const RankPlace& place, double seconds) {
  if (place.rank > 0 || !place.first_opens || place.part) return join_meeting(place, seconds);
  quiet_libtorch();
  c10d::TCPStoreOptions options = store_options(place, seconds);
  options.isServer = true;
  try {
    return of_attempt(place, c10::make_intrusive<c10d::TCPStore>(place.host, options));
  } catch (const std::exception& error) {
    fail(place.decided_by + ": rank 0 cannot open the meeting place " + address(place) + must_be_free +
         first_line(error) + ")");
  }
}

Meeting join_meeting(const RankPlace& place, double seconds) {
  quiet_libtorch();
  try {
    return of_attempt(place, c10::make_intrusive<c10d::TCPStore>(place.host, store_options(place, seconds)));
  } catch (const std::exception& error) {
    fail(place.decided_by + ": rank " + std::to_string(place.number(place.rank)) + " waited " + duration_text(seconds) +
         " for the meeting place " + address(place) + ", which " + (place.first_opens ? "rank 0" : "the launcher") +
         " opens. Does that run, and can this machine reach it? (" + first_line(error) + ")");
  }
}

void call_roll(c10d::Store& meeting, const RankPlace& place, double seconds) {
  const auto key = [](int64_t rank) { return "here/" + std::to_string(rank); };
  std::vector<std::string> keys;
  for (int64_t rank = 0; rank < place.size; ++rank) keys.push_back(key(rank));
  try {
    // Those who wait are told, and do not wait for a rank that will not come.
    const auto refuse = [&](const std::string& message) {
      meeting.set("refused", message);
      throw UserError(ExitCode::usage, message);
    };
    const std::string size = meeting.compareSet("size", "", std::to_string(place.size));
    if (size != std::to_string(place.size))
      refuse("WORLD_SIZE: must be the same everywhere, is " + std::to_string(place.size) + " for rank " +
             std::to_string(place.rank) + " and " + size + " for another.");
    if (meeting.add("taken/" + std::to_string(place.rank), 1) > 1)
      refuse("RANK: must differ from process to process, but two at " + address(place) + " have " +
             std::to_string(place.rank) + ". Another training with the same MASTER_PORT?");
    meeting.set(key(place.rank), "");
    const double end = monotonic_seconds() + seconds;
    while (!meeting.check(keys)) {
      if (meeting.check({"refused"})) throw UserError(ExitCode::usage, meeting.get_to_str("refused"));
      if (monotonic_seconds() >= end) throw std::runtime_error("time is over");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  } catch (const UserError&) {
    // The meeting place closes with the rank that opened it: others look there for the reason.
    if (place.rank == 0 && place.first_opens) std::this_thread::sleep_for(std::chrono::seconds(1));
    throw;
  } catch (const std::exception& error) {
    std::vector<std::string> missing;
    try {
      for (int64_t rank = 0; rank < place.size; ++rank)
        if (!meeting.check({key(rank)})) missing.push_back(std::to_string(place.number(rank)));
    } catch (const std::exception&) {  // The meeting place itself is gone, and `error` says so.
    }
    if (missing.empty())
      fail("rank " + std::to_string(place.number(place.rank)) + ": the meeting place " + address(place) +
           " closed before all ranks " + "had come. What opened it (" +
           (place.first_opens ? "rank 0" : "the launcher") + ") says why. (" + first_line(error) + ")");
    fail(std::string(missing.size() == 1 ? "rank " : "ranks ") + join(missing, ", ") + " of " +
         std::to_string(place.size) + ": did not come to the meeting place " + address(place) + " within " +
         duration_text(seconds) + ". Their own messages, or their launcher's, say why.");
  }
}

Meeting launcher_board(const Meeting& meeting) {
  const auto store = c10::dynamic_intrusive_pointer_cast<c10d::PrefixStore>(meeting);
  return store ? store->getUnderlyingNonPrefixStore() : meeting;
}

std::string end_key(int64_t rank) { return "ended/" + std::to_string(rank); }

LocalMeeting open_local_meeting(const Machine& machine) {
  quiet_libtorch();
  LocalMeeting local;
  c10d::TCPStoreOptions options;
  options.isServer = true;
  options.waitWorkers = false;
  if (machine.count == 1) options.masterListenFd = listen_on_loopback(local.port);
  if (machine.count > 1) local.port = machine.port;
  if (machine.number > 0) return local;
  options.port = local.port;
  const std::string host = machine.count == 1 ? "127.0.0.1" : machine.host;
  try {
    local.meeting = c10::make_intrusive<c10d::TCPStore>(host, options);
  } catch (const std::exception& error) {
    if (machine.count == 1)
      fail("127.0.0.1: no meeting place for the local ranks can be opened. (" + first_line(error) + ")");
    fail(machine.decided_by + ": machine 0 cannot open the meeting place " + host + ":" + std::to_string(local.port) +
         must_be_free + first_line(error) + ")");
  }
  return local;
}

}  // namespace dlrun
