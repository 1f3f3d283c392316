// What a run ran on: versions, machine, threads. Collected by an allow-list, so that no secret can slip in.

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace dlrun {

// dlrun, compiler, libtorch, operating system, the kind of processor with the variables that choose its kernels, cores,
// threads, memory, other environment variables that change numbers or placement, and the command line with user names
// and passwords of URLs taken out. No host, user or path.
nlohmann::json describe_environment(const std::vector<std::string>& command);

// "https://me:secret@host/x" -> "https://host/x", anywhere in the text.
std::string without_user_info(const std::string& text);

}  // namespace dlrun
