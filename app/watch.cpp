// dlrun watch: how runs come on, in the terminal, by their files alone.

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "base/terminal.h"
#include "verb.h"
#include "watch/watch_picture.h"

namespace dlrun {
namespace {

struct WatchOptions : CommonOptions {
  std::vector<std::string> runs;
  bool once = false;
  double interval = 2.0;
};

int lines_of_terminal() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 ? size.ws_row : 24;
}

int watch(const WatchOptions& options) {
  std::vector<WatchedRun> runs;
  for (const std::string& folder : options.runs)
    for (const std::string& run : watched_folders(folder)) runs.emplace_back(run);
  for (bool first = true;; first = false) {
    const Terminal screen = terminal(stdout);
    for (WatchedRun& run : runs) run.look();
    const std::string picture = watch_picture(runs, screen);
    if (options.once || !screen.live) {
      std::cout << picture;
      return 0;
    }
    // From the upper left corner; each line is cleared as it is written, so that nothing flickers.
    std::string text = first ? "\033[2J\033[H" : "\033[H";
    for (const char letter : first_lines(picture, lines_of_terminal() - 1))
      text += letter == '\n' ? "\033[K\n" : std::string(1, letter);
    std::cout << text + "\033[J" << std::flush;
    if (!std::cout) return 0;
    if (std::all_of(runs.begin(), runs.end(), [](const WatchedRun& run) { return run.ended(); })) return 0;
    std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
  }
}

std::function<int()> define_watch(CLI::App& app) {
  auto options = std::make_shared<WatchOptions>();
  app.add_option("RUN", options->runs, "Run folders; one that holds members, or a sweep, stands for its runs")
      ->required()
      ->type_name("");
  app.add_flag("--once", options->once, "Print one picture and end; so it does where stdout is no terminal");
  app.add_option("--interval", options->interval, "Seconds between two looks; default 2")->check(number(0.1));
  add_common_options(app, *options);
  return [options] { return watch(*options); };
}

const RegisteredVerb watch_verb{{"watch", "Watch runs in the terminal, by their files: state, speed, curves",
                                 "dlrun watch runs/mlp\n"
                                 "dlrun watch runs/mlp runs/cnn\n"
                                 "dlrun watch runs/mlp --once",
                                 define_watch}};

}  // namespace
}  // namespace dlrun
