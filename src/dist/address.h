// Which of this machine's addresses other machines can reach.

#pragma once

#include <cstdint>
#include <string>

namespace dlrun {

// The address from which this machine speaks to `host`: that of the network which leads there. A machine's own name
// will not do: on Debian it stands for 127.0.1.1. Throws UserError(io_error) where no network leads there.
std::string address_towards(const std::string& host, uint16_t port);

}  // namespace dlrun
