// Asks the routing table, by connecting a datagram socket, which sends nothing.

#include "dist/address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace dlrun {
namespace {

// The local end of a socket towards `target`; empty when there is no way.
std::string local_end(const addrinfo& target) {
  const int descriptor = socket(target.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return "";
  sockaddr_storage own = {};
  socklen_t length = sizeof own;
  auto* const generic = reinterpret_cast<sockaddr*>(&own);
  char text[NI_MAXHOST] = "";
  if (connect(descriptor, target.ai_addr, target.ai_addrlen) == 0 && getsockname(descriptor, generic, &length) == 0)
    getnameinfo(generic, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  close(descriptor);
  return text;
}

}  // namespace

std::string address_towards(const std::string& host, uint16_t port) {
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> targets(found, [](addrinfo* list) {
    if (list) freeaddrinfo(list);
  });
  std::string reason = error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error);
  for (const addrinfo* target = targets.get(); target; target = target->ai_next) {
    const std::string own = local_end(*target);
    if (!own.empty()) return own;
    reason = std::strerror(errno);
  }
  throw UserError(ExitCode::io_error, "MASTER_ADDR: " + host + " cannot be reached from this machine: " + reason + ".");
}

}  // namespace dlrun
