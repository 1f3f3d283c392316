// Signs of life, and what can be told from those of the others.

#include "dist/presence.h"

#include <c10/util/Exception.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/phase.h"
#include "base/units.h"
#include "dist/local_ranks.h"

namespace dlrun {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double pulses_missed = 4;           // until a rank counts as gone
constexpr double answer_seconds = 5;          // which the meeting place may take to answer
constexpr const char* given_up = "given up";  // set at the meeting place by the first rank that does

enum Standing { working, left, failed };

// What a rank last said of itself.
struct Pulse {
  int64_t beat = -1;  // -1: nothing yet
  int64_t exchange = 0;
  int standing = working;
  int64_t process = 0;
  double phase_seconds = 0;  // since its phase began
  std::string host, phase, what = "no exchange yet";
  std::string end;  // as its launcher has seen it; not a part of the text

  // "the validation after step 810, for 5 min 1 s".
  std::string did() const {
    if (phase.empty()) return what;
    return phase + (phase_seconds < 10 ? "" : ", for " + duration_text(phase_seconds));
  }
};

std::string text_of(const Pulse& pulse) {
  std::ostringstream text;
  text << pulse.beat << ' ' << pulse.exchange << ' ' << pulse.standing << ' ' << pulse.process << ' '
       << pulse.phase_seconds << '\n'
       << pulse.host << '\n'
       << pulse.phase << '\n'
       << pulse.what;
  return text.str();
}

Pulse pulse_of(const std::string& text) {
  Pulse pulse;
  std::istringstream stream(text);
  stream >> pulse.beat >> pulse.exchange >> pulse.standing >> pulse.process >> pulse.phase_seconds;
  stream.ignore();  // the end of the line
  std::getline(stream, pulse.host);
  std::getline(stream, pulse.phase);
  std::getline(stream, pulse.what);
  return pulse;
}

std::string key(int64_t rank) { return "pulse/" + std::to_string(rank); }

std::string host_name() {
  char name[256] = "";
  gethostname(name, sizeof name - 1);
  return name;
}

// 'T' of a process of this machine that is stopped, 0 of one that is not there; '?' of all others.
char state_of(const Pulse& pulse) {
  if (pulse.host != host_name()) return '?';
  const auto process = static_cast<pid_t>(pulse.process);
  if (kill(process, 0) != 0) return errno == ESRCH ? 0 : '?';
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const size_t end = text.rfind(") ");  // A name may hold anything.
  if (end == std::string::npos) return '?';
  return text[end + 2] == 'Z' ? 0 : text[end + 2] == 'T' ? 'T' : '?';
}

}  // namespace

// Shared with the thread, which is left behind when the meeting place keeps it waiting.
struct Presence::State {
  Meeting meeting;  // the thread's alone
  Meeting board;    // the launcher's, where it is one of this machine; likewise
  RankPlace place;
  Seconds pulse;
  double limit;        // of an exchange
  std::string opened;  // what to say where who opened the meeting place is gone; empty where another rank says it

  std::mutex mutex;
  std::condition_variable changed;
  Pulse own;
  bool asked = false, leaving = false, over = false;
  std::optional<double> hopeless;  // since when another rank has given up
  bool tells = false;              // at the launcher's board, that this rank says what happened
  std::optional<std::vector<Pulse>> answer;

  void live() {
    std::unique_lock lock(mutex);
    try {
      beat(lock);
    } catch (const std::exception&) {
      if (!lock.owns_lock()) lock.lock();
      over = true;
      changed.notify_all();
      watch_alone(lock);
    }
    over = true;
    changed.notify_all();
  }

  void beat(std::unique_lock<std::mutex>& lock) {
    bool told = false;  // that this rank has given up
    while (true) {
      ++own.beat;
      if (leaving && own.standing == working) own.standing = left;
      show_phase();
      const Pulse said = own;
      const bool look = asked, last = leaving, tell = tells;
      lock.unlock();
      meeting->set(key(place.rank), text_of(said));
      if (said.standing == failed && !std::exchange(told, true)) meeting->set(given_up, "");
      if (said.standing == working && !hopeless && meeting->check({given_up})) hopeless = monotonic_seconds();
      std::optional<std::vector<Pulse>> seen;
      if (look) seen = look_around();
      if (tell && board) board->set(told_key, "");
      lock.lock();
      if (look) {
        answer = std::move(seen);
        asked = false;
        changed.notify_all();
      }
      if (last) return;
      if (hopeless && own.standing == working && monotonic_seconds() - *hopeless > limit / 2) end("");
      changed.wait_for(lock, pulse, [&] { return asked || leaving; });
    }
  }

  // The meeting place is gone, and with it who opened it.
  void watch_alone(std::unique_lock<std::mutex>& lock) {
    const auto over = [&] { return leaving || own.standing == failed; };
    if (hopeless) {  // and whoever gave up has told it
      if (!changed.wait_for(lock, Seconds(limit / 2 - (monotonic_seconds() - *hopeless)), over)) end("");
      return;
    }
    while (true) {
      const int64_t exchange = own.exchange;
      const double since = current_phase().since;
      if (changed.wait_for(lock, Seconds(limit), over)) return;
      if (own.exchange != exchange || current_phase().since != since) continue;
      show_phase();
      end(opened.empty() ? "" : opened + " This rank stood still, in " + own.did() + ", and is ended.");
    }
  }

  void show_phase() {
    const Phase phase = current_phase();
    own.phase = phase.what;
    own.phase_seconds = phase.what.empty() ? 0 : monotonic_seconds() - phase.since;
  }

  // Nothing else ends a process that hangs in a reader or a kernel. What it was writing is replaced as a whole or not.
  [[noreturn]] static void end(const std::string& message) {
    if (!message.empty()) std::fprintf(stderr, "%s\n", message.c_str());
    std::_Exit(static_cast<int>(ExitCode::again));
  }

  std::vector<Pulse> look_around() {
    std::vector<Pulse> all(static_cast<size_t>(place.size));
    for (int64_t other = 0; other < place.size; ++other) {
      if (meeting->check({key(other)})) all[other] = pulse_of(meeting->get_to_str(key(other)));
      const std::string end = end_key(place.number(other));
      if (board && board->check({end})) all[other].end = board->get_to_str(end);
    }
    return all;
  }

  // What all ranks last said; nothing where the meeting place does not answer.
  std::optional<std::vector<Pulse>> ask(bool telling = false) {
    std::unique_lock lock(mutex);
    tells = telling;
    answer.reset();
    asked = true;
    changed.notify_all();
    changed.wait_for(lock, Seconds(answer_seconds), [&] { return answer || over; });
    return answer;
  }
};

Presence::Presence(Meeting meeting, const RankPlace& place, const GroupOptions& options)
    : state_(std::make_shared<State>()), place_(place), options_(options) {
  state_->meeting = std::move(meeting);
  if (place.attempt.starts_with(local_attempt)) state_->board = launcher_board(state_->meeting);
  state_->place = place;
  state_->pulse = Seconds(options.pulse_seconds);
  state_->limit = options.exchange_seconds;
  state_->own.process = getpid();
  state_->own.host = host_name();
  if (place.number(place.rank) == (place.first_opens ? 1 : 0))
    state_->opened = std::string(place.first_opens ? "rank 0" : "the launcher") + ": gone, with the meeting place " +
                     place.host + ":" + std::to_string(place.port) + " that it opened.";
  thread_ = std::thread([state = state_] { state->live(); });
}

Presence::~Presence() {
  std::unique_lock lock(state_->mutex);
  state_->leaving = true;
  state_->changed.notify_all();
  const bool over = state_->changed.wait_for(lock, Seconds(answer_seconds), [&] { return state_->over; });
  lock.unlock();
  over ? thread_.join() : thread_.detach();
}

void Presence::enter(std::string what) {
  const std::lock_guard lock(state_->mutex);
  ++state_->own.exchange;
  state_->own.what = std::move(what);
}

bool Presence::misses_rank() {
  const auto all = state_->ask();
  if (!all) return true;
  seen_.resize(all->size());
  const double now = monotonic_seconds();
  for (size_t rank = 0; rank < all->size(); ++rank) {
    const Pulse& pulse = (*all)[rank];
    if (pulse.standing != working) return true;
    if (pulse.beat != seen_[rank].beat)
      seen_[rank] = {pulse.beat, now};
    else if (now - seen_[rank].at > pulses_missed * options_.pulse_seconds)
      return true;
  }
  return false;
}

LostRank Presence::explain(double waited, const std::string& broken) {
  Pulse own;
  {
    const std::lock_guard lock(state_->mutex);
    state_->own.standing = failed;  // so that nobody takes this rank for the cause
    state_->show_phase();
    state_->changed.notify_all();
    own = state_->own;
  }
  const auto name = [&](int64_t rank) { return "rank " + std::to_string(place_.number(rank)); };
  const std::string me = name(place_.rank);
  const std::string waited_for = own.phase.empty() ? own.what : own.phase + " (" + own.what + ")";
  const std::string again = " The last checkpoint is good: start again with --resume.";
  // What a rank did not do; `why` says how that is known.
  const auto missing = [&](int64_t rank, const Pulse& pulse, const std::string& why) {
    return name(rank) + " has not joined " + waited_for + "; last in " + pulse.did() + ". " + why + again;
  };
  // Whether no rank below this one is such.
  const auto lowest = [&](const std::function<bool(int64_t)>& such) {
    int64_t rank = 0;
    while (rank < place_.rank && !such(rank)) ++rank;
    return rank == place_.rank;
  };
  const auto before = state_->ask();
  if (before)
    for (int64_t rank = 0; rank < place_.size; ++rank)
      if ((*before)[rank].standing == left)
        return {missing(rank, (*before)[rank], "It has left; its own messages say why."),
                lowest([&](int64_t other) { return (*before)[other].standing != left; })};

  const Seconds silence(pulses_missed * options_.pulse_seconds);
  if (before) std::this_thread::sleep_for(silence);
  const auto after = before ? state_->ask() : std::nullopt;
  if (!after) {
    const std::string opened =
        " the meeting place " + place_.host + ":" + std::to_string(place_.port) + " that it opened does not answer.";
    return {place_.first_opens
                ? "rank 0 has not joined " + waited_for + ". It is gone, or stopped:" + opened + again
                : "the launcher: gone, or stopped, while " + me + " was in " + waited_for + ":" + opened + again,
            place_.number(place_.rank) == (place_.first_opens ? 1 : 0)};
  }
  // One that has given up or left was: it has said what there is to say, and may be gone by now.
  const auto alive = [&](int64_t rank) {
    return (*after)[rank].standing != working || (*after)[rank].beat != (*before)[rank].beat;
  };
  for (int64_t rank = 0; rank < place_.size; ++rank) {
    const Pulse& other = (*after)[rank];
    if (other.standing != working || other.beat != (*before)[rank].beat) continue;
    const std::string process = "Its process, " + std::to_string(other.process) + " on " + other.host + ", ";
    const char state = state_of(other);
    const bool tells = lowest(alive);
    if (!other.end.empty()) {
      if (tells) state_->ask(true);
      return {missing(rank, other, process + other.end + "."), tells};
    }
    return {missing(rank, other,
                    state == 'T' ? process + "is stopped."
                                 : process +
                                       (state == 0 ? "is gone."
                                                   : "is gone, or stopped: no sign of life for " +
                                                         duration_text(silence.count()) + ".") +
                                       " Its own messages or its launcher's may say why; killed without a word is "
                                       "most often a lack of memory."),
            tells};
  }
  for (int64_t rank = 0; rank < place_.size; ++rank) {
    const Pulse& other = (*after)[rank];
    TORCH_CHECK(other.exchange != own.exchange || other.what == own.what, name(rank), " is in ", other.what, ", ", me,
                " in ", own.what);
  }
  for (int64_t rank = 0; rank < place_.size; ++rank) {
    const Pulse& other = (*before)[rank];  // It may have come since.
    if (other.exchange >= own.exchange || waited < 0.9 * options_.exchange_seconds) continue;
    return {missing(rank, other,
                    "Its process, " + std::to_string(other.process) + " on " + other.host +
                        ", is alive, and did not come within " + duration_text(options_.exchange_seconds) +
                        " (hardware.timeout_seconds)."),
            lowest([&](int64_t it) { return it != rank && alive(it); })};
  }
  std::string others = ", though all ranks are alive. The network between them?";
  for (int64_t rank = 0; rank < place_.size; ++rank)
    if (rank != place_.rank && (*after)[rank].standing == failed)
      others = "; " + name(rank) + " had given up, or did so too: its own messages say why.";
  return {me + ": " + waited_for + " failed after " + duration_text(waited) + others + " (" + broken + ")" + again,
          lowest([&](int64_t other) { return (*after)[other].standing == failed && alive(other); })};
}

}  // namespace dlrun
