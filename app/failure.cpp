// Exceptions as exit codes and sentences.

#include "failure.h"

#include <filesystem>
#include <new>
#include <system_error>

#include "base/memory.h"
#include "base/terminal.h"
#include "base/units.h"
#include "engine.h"
#include "tensor/failure.h"

namespace dlrun {
namespace {

constexpr const char* report_it = "\nThis is a mistake in dlrun, not yours; please report it.";

// `wanted`: "one tensor asked for 1.3 GiB".
Outcome out_of_memory(const std::string& wanted) {
  const ProcessMemory memory = process_memory();
  std::string text = "dlrun: out of memory: " + wanted + ". This process holds " +
                     bytes_text(static_cast<uint64_t>(memory.resident)) + " and may take " +
                     bytes_text(static_cast<uint64_t>(machine_memory())) +
                     ". Smaller data, a smaller trainer.batch_size or trainer.micro_batch_size, or fewer "
                     "hardware.loader_threads need less.";
  return {ExitCode::no_resources, text, ""};
}

// Paths that std::filesystem could not follow: a closed folder, a link loop, a name too long, no working folder.
Outcome of_path(const std::filesystem::filesystem_error& error) {
  const std::string path = error.path1().string();
  const std::string reason = error.code().message();
  if (path.empty() && error.code() == std::errc::no_such_file_or_directory)
    return {ExitCode::no_input, "dlrun: the working folder is gone; change into one that is there", ""};
  const bool input = error.code() != std::errc::io_error;
  return {input ? ExitCode::no_input : ExitCode::io_error, (path.empty() ? "dlrun" : path) + ": " + reason, ""};
}

Outcome of_library(const std::exception& error) {
  Failure failure;
  using Explain = void (*)(const std::exception&, Failure&);
  if (const auto explain = reinterpret_cast<Explain>(loaded_engine_function("dlrun_failure_of")))
    explain(error, failure);
  if (!failure.known) return {ExitCode::bug, std::string("dlrun: internal error: ") + error.what() + report_it, ""};
  if (!failure.memory)
    return {ExitCode::bug, "dlrun: internal error: " + failure.sentence + report_it, failure.details};
  if (failure.sentence.find("asked for") != std::string::npos) return out_of_memory(failure.sentence);
  return {ExitCode::no_resources, "dlrun: " + failure.sentence, ""};
}

Outcome told(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const UserError& mistake) {
    return {mistake.code(), mistake.what(), ""};
  } catch (const std::bad_alloc&) {
    return out_of_memory("a block was asked for that is not there");
  } catch (const std::filesystem::filesystem_error& failed) {
    return of_path(failed);
  } catch (const std::system_error& failed) {  // threads, locks
    return {ExitCode::no_resources, std::string("dlrun: the system refuses: ") + failed.what(), ""};
  } catch (const std::exception& other) {
    return of_library(other);
  } catch (...) {
    return {ExitCode::bug, std::string("dlrun: internal error of unknown type.") + report_it, ""};
  }
}

}  // namespace

Outcome outcome_of(const std::exception_ptr& error) {
  Outcome outcome = told(error);
  outcome.message = visible(outcome.message);
  return outcome;
}

}  // namespace dlrun
