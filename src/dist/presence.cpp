// Signs of life, and what can be told from those of the others.

#include "dist/presence.h"

#include <c10/util/Exception.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <sstream>
#include <vector>

#include "base/units.h"

namespace dlrun {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double pulses_missed = 4;   // until a rank counts as gone
constexpr double answer_seconds = 5;  // which the meeting place may take to answer

enum Standing { working, left, failed };

// What a rank last said of itself.
struct Pulse {
  int64_t beat = -1;  // -1: nothing yet
  int64_t exchange = 0;
  int standing = working;
  std::string what = "no exchange yet";
};

std::string text_of(const Pulse& pulse) {
  std::ostringstream text;
  text << pulse.beat << ' ' << pulse.exchange << ' ' << pulse.standing << ' ' << pulse.what;
  return text.str();
}

Pulse pulse_of(const std::string& text) {
  Pulse pulse;
  std::istringstream stream(text);
  stream >> pulse.beat >> pulse.exchange >> pulse.standing >> std::ws;
  std::getline(stream, pulse.what);
  return pulse;
}

std::string key(int64_t rank) { return "pulse/" + std::to_string(rank); }

}  // namespace

// Shared with the thread, which is left behind when the meeting place keeps it waiting.
struct Presence::State {
  Meeting meeting;  // the thread's alone
  int64_t rank, size;
  Seconds pulse;

  std::mutex mutex;
  std::condition_variable changed;
  Pulse own;
  bool asked = false, leaving = false, over = false;
  std::optional<std::vector<Pulse>> answer;

  void live() {
    std::unique_lock lock(mutex);
    try {
      while (true) {
        ++own.beat;
        if (leaving && own.standing == working) own.standing = left;
        const Pulse said = own;
        const bool look = asked, last = leaving;
        lock.unlock();
        meeting->set(key(rank), text_of(said));
        std::optional<std::vector<Pulse>> seen;
        if (look) seen = look_around();
        lock.lock();
        if (look) {
          answer = std::move(seen);
          asked = false;
          changed.notify_all();
        }
        if (last) break;
        changed.wait_for(lock, pulse, [&] { return asked || leaving; });
      }
    } catch (const std::exception&) {
      lock.lock();  // The meeting place is gone; nobody is left to be told, or to tell.
    }
    over = true;
    changed.notify_all();
  }

  std::vector<Pulse> look_around() {
    std::vector<Pulse> all(static_cast<size_t>(size));
    for (int64_t other = 0; other < size; ++other)
      if (meeting->check({key(other)})) all[other] = pulse_of(meeting->get_to_str(key(other)));
    return all;
  }

  // What all ranks last said; nothing where the meeting place does not answer.
  std::optional<std::vector<Pulse>> ask() {
    std::unique_lock lock(mutex);
    answer.reset();
    asked = true;
    changed.notify_all();
    changed.wait_for(lock, Seconds(answer_seconds), [&] { return answer || over; });
    return answer;
  }
};

Presence::Presence(Meeting meeting, const RankPlace& place, double pulse_seconds)
    : state_(std::make_shared<State>()), place_(place), pulse_seconds_(pulse_seconds) {
  state_->meeting = std::move(meeting);
  state_->rank = place.rank;
  state_->size = place.size;
  state_->pulse = Seconds(pulse_seconds);
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

std::string Presence::who_opened() const { return place_.first_opens ? "rank 0" : "the launcher"; }

LostRank Presence::explain(double waited, double limit, const std::string& broken) {
  Pulse own;
  {
    const std::lock_guard lock(state_->mutex);
    state_->own.standing = failed;  // so that nobody takes this rank for the cause
    own = state_->own;
  }
  const std::string me = "rank " + std::to_string(place_.number(place_.rank));
  const std::string again = " The last checkpoint is still good: start again with --resume.";
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
        return {"rank " + std::to_string(place_.number(rank)) + ": has left, while " + me + " waited for it in " +
                    own.what + ". Its own messages say why." + again,
                lowest([&](int64_t other) { return (*before)[other].standing != left; })};

  const Seconds silence(pulses_missed * pulse_seconds_);
  if (before) std::this_thread::sleep_for(silence);
  const auto after = before ? state_->ask() : std::nullopt;
  if (!after)
    return {who_opened() + ": gone, or stopped, while " + me + " was in " + own.what + ": the meeting place " +
                place_.host + ":" + std::to_string(place_.port) + " that it opened does not answer." + again,
            place_.number(place_.rank) == (place_.first_opens ? 1 : 0)};
  const auto alive = [&](int64_t rank) {
    return (*after)[rank].standing != left && (*after)[rank].beat != (*before)[rank].beat;
  };
  for (int64_t rank = 0; rank < place_.size; ++rank)
    if ((*after)[rank].standing == working && (*after)[rank].beat == (*before)[rank].beat)
      return {"rank " + std::to_string(place_.number(rank)) + ": gone, or stopped, while " + me + " waited for it in " +
                  own.what + "; no sign of life for " + duration_text(silence.count()) +
                  ". Its own messages or its launcher's may say why; killed without a word is most often a lack of "
                  "memory." +
                  again,
              lowest(alive)};
  for (int64_t rank = 0; rank < place_.size; ++rank) {
    const Pulse& other = (*after)[rank];
    TORCH_CHECK(other.exchange != own.exchange || other.what == own.what, "rank ", place_.number(rank), " is in ",
                other.what, ", ", me, " in ", own.what);
  }
  for (int64_t rank = 0; rank < place_.size; ++rank)
    if ((*after)[rank].exchange < own.exchange && waited >= 0.9 * limit)
      return {"rank " + std::to_string(place_.number(rank)) + ": did not come to " + own.what + " within " +
                  duration_text(limit) + ", for which " + me + " waited. It is alive, and came last to " +
                  (*after)[rank].what + "." + again,
              lowest([&](int64_t other) { return other != rank && alive(other); })};
  std::string others = ", though all ranks are alive. The network between them?";
  for (int64_t rank = 0; rank < place_.size; ++rank)
    if (rank != place_.rank && (*after)[rank].standing == failed)
      others =
          "; rank " + std::to_string(place_.number(rank)) + " had given up, or did so too: its own messages say why.";
  return {me + ": " + own.what + " failed after " + duration_text(waited) + others + " (" + broken + ")" + again,
          lowest([&](int64_t other) { return (*after)[other].standing == failed && alive(other); })};
}

}  // namespace dlrun
