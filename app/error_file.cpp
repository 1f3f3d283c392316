// By torch/distributed/elastic/multiprocessing/errors/error_handler.py.

#include "error_file.h"

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace dlrun {

void write_error_file(const Outcome& outcome) {
  const char* const path = std::getenv("TORCHELASTIC_ERROR_FILE");
  if (!path || !*path) return;
  const nlohmann::json text = {
      {"message",
       {{"message", outcome.message},
        {"errorCode", static_cast<int>(outcome.code)},
        {"extraInfo", {{"py_callstack", outcome.details}, {"timestamp", std::to_string(std::time(nullptr))}}}}}};
  try {
    if (FileSystem::instance().exists(path)) return;
    write_text_atomically(path, text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } catch (const UserError&) {
  }
}

}  // namespace dlrun
