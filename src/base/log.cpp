// Logging by spdlog: one sink that steps around the progress line, one for the file.

#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/terminal.h"

namespace dlrun {
namespace {

class TerminalSink final : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    Terminal target = terminal(stderr);
    std::string text(message.payload.data(), message.payload.size());
    switch (message.level) {
      case spdlog::level::err:
        text = styled(target, Style::red, "error: ") + text;
        break;
      case spdlog::level::warn:
        text = styled(target, Style::yellow, "warning: ") + text;
        break;
      case spdlog::level::debug:
        text = styled(target, Style::dim, text);
        break;
      default:
        break;
    }
    write_line(text);
  }
  void flush_() override {}
};

struct Log {
  std::shared_ptr<spdlog::logger> logger;
  std::shared_ptr<spdlog::sinks::sink> person = std::make_shared<TerminalSink>();
  std::shared_ptr<spdlog::sinks::sink> file;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> early = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);

  Log() {
    logger = std::make_shared<spdlog::logger>("dlrun", spdlog::sinks_init_list{person, early});
    early->set_level(spdlog::level::info);
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::debug);
    logger->set_error_handler([](const std::string&) {
      static std::once_flag once;
      std::call_once(once, [] { write_line("warning: the log file cannot be written any more"); });
    });
    person->set_level(spdlog::level::info);
  }
};

Log& log() {
  static Log* instance = new Log;  // Never destroyed: destructors of other statics may still log.
  return *instance;
}

}  // namespace

void set_log_verbosity(int verbosity) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::err, spdlog::level::warn, spdlog::level::info,
                                                  spdlog::level::debug};
  auto level = levels[std::clamp(verbosity, -2, 1) + 2];
  log().person->set_level(level);
  if (log().file) log().file->set_level(std::min(level, spdlog::level::info));
}

void open_log_file(const std::string& path) {
  close_log_file();
  try {
    log().file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path);
  } catch (const spdlog::spdlog_ex& error) {
    throw UserError(ExitCode::cannot_write, path + ": cannot create this file: " + error.what());
  }
  log().file->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l: %v", spdlog::pattern_time_type::utc));
  log().file->set_level(std::min(log().person->level(), spdlog::level::info));
  for (const spdlog::details::log_msg_buffer& message : log().early->last_raw()) log().file->log(message);
  std::erase(log().logger->sinks(), std::static_pointer_cast<spdlog::sinks::sink>(log().early));
  log().logger->sinks().push_back(log().file);
}

void close_log_file() {
  if (!log().file) return;
  std::erase(log().logger->sinks(), log().file);
  log().file.reset();
  log().early = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
  log().early->set_level(spdlog::level::info);
  log().logger->sinks().push_back(log().early);
}

void log_error(const std::string& message) { log().logger->log(spdlog::level::err, visible(message)); }
void log_warning(const std::string& message) { log().logger->log(spdlog::level::warn, visible(message)); }
void log_info(const std::string& message) { log().logger->log(spdlog::level::info, visible(message)); }
void log_detail(const std::string& message) { log().logger->log(spdlog::level::debug, visible(message)); }

}  // namespace dlrun
