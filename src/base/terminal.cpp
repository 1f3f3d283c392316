// Colours, widths, and the live line of stderr.

#include "base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

#include "base/clock.h"
#include "base/text.h"
#include "base/width.h"

namespace dlrun {
namespace {

// The live line of stderr belongs to the process, not to one Progress: log lines have to step around it.
std::mutex line_mutex;
std::string live_line;

void put(const std::string& text) {
  fwrite(text.data(), 1, text.size(), stderr);
  fflush(stderr);
}

// As many whole parts of the text as `width` columns take: parts end before two spaces, or where the first is too wide
// already, before one. A single word is cut where it must be.
std::string cut(const std::string& text, int width) {
  const size_t end = first_columns(text, width).size();
  if (end == text.size()) return text;
  for (const char* border : {"  ", " "})
    if (const size_t at = text.rfind(border, end); at != std::string::npos && at > 0) return text.substr(0, at);
  return text.substr(0, end);
}

}  // namespace

Terminal terminal(bool is_terminal, int columns, const std::function<const char*(const char*)>& get) {
  auto set = [&](const char* name) {
    const char* value = get(name);
    return value != nullptr && *value != '\0';
  };
  Terminal result;
  const char* term = get("TERM");
  bool dumb = term == nullptr || *term == '\0' || strcmp(term, "dumb") == 0;
  result.live = is_terminal && !dumb;
  const char* force = get("CLICOLOR_FORCE");
  bool forced = set("CLICOLOR_FORCE") && strcmp(force, "0") != 0;
  result.color = !set("NO_COLOR") && (forced || result.live);
  int asked = set("COLUMNS") ? atoi(get("COLUMNS")) : 0;
  if (asked > 0) {
    result.width = asked;
  } else if (is_terminal && columns > 0) {
    result.width = columns;
  }
  return result;
}

Terminal terminal(FILE* stream) {
  int descriptor = fileno(stream);
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) size.ws_col = 0;
  return terminal(isatty(descriptor) == 1, size.ws_col, [](const char* name) { return getenv(name); });
}

std::string styled(const Terminal& terminal, Style style, std::string_view text) {
  static constexpr const char* codes[] = {"", "1", "2", "31", "32", "33", "34"};
  if (!terminal.color || style == Style::plain) return std::string(text);
  return std::string("\033[") + codes[static_cast<int>(style)] + "m" + std::string(text) + "\033[0m";
}

int columns_of(std::string_view text) {
  int columns = 0;
  for (size_t escape; (escape = text.find('\033')) != std::string_view::npos;) {
    columns += text_width(text.substr(0, escape));
    const size_t end = text.find('m', escape);
    if (end == std::string_view::npos) return columns;
    text.remove_prefix(end + 1);
  }
  return columns + text_width(text);
}

Progress::Progress(double plain_every, bool shown)
    : terminal_(terminal(stderr)),
      every_(terminal_.live ? 0.1 : plain_every),
      next_(monotonic_seconds()),
      shown_(shown) {
  if (!terminal_.live) next_ += every_;  // The lines around say what begins; the first plain line can wait.
}

Progress::~Progress() { clear(); }

bool Progress::due() const { return shown_ && monotonic_seconds() >= next_; }

void Progress::show(const std::string& text) {
  if (!due()) return;
  next_ = monotonic_seconds() + every_;
  const std::string safe = visible(text, /*lines=*/false);
  if (!terminal_.live) return write_line(safe);
  std::lock_guard lock(line_mutex);
  live_line = cut(safe, terminal(stderr).width - 1);
  put("\r" + live_line + "\033[K");
}

void Progress::clear() {
  if (!terminal_.live) return;
  std::lock_guard lock(line_mutex);
  if (!live_line.empty()) put("\r\033[K");
  live_line.clear();
}

void write_line(const std::string& line) {
  std::lock_guard lock(line_mutex);
  if (live_line.empty()) return put(line + "\n");
  put("\r\033[K" + line + "\n" + live_line);
}

}  // namespace dlrun
