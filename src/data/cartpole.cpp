// A pole on a cart that is pushed left or right, and is to stay upright. (Barto, Sutton and Anderson 1983)
//
// Equations, constants, limits and rewards are those of Gymnasium's CartPole-v1: an episode begins with four numbers
// uniform in +-0.05 and ends when the pole leans more than 12 degrees, the cart is more than 2.4 m from the middle, or
// after max_steps moves. Every move is worth 1.

#include <cmath>
#include <numbers>

#include "base/random.h"
#include "data/environment.h"
#include "spec/catalog.h"

namespace dlrun {
namespace {

constexpr double gravity = 9.8;        // m / s^2
constexpr double pole_mass = 0.1;      // kg
constexpr double total_mass = 1.1;     // kg, with the cart
constexpr double half_length = 0.5;    // m, of the pole
constexpr double force = 10.0;         // N
constexpr double interval = 0.02;      // s between moves; Euler's method
constexpr double most_position = 2.4;  // m
constexpr double most_angle = 12 * 2 * std::numbers::pi / 360;

// One row: position, velocity, angle, angular velocity, moves made.
constexpr int64_t numbers = 5;

struct Cartpole final : Environment {
  int64_t max_steps = 500;

  std::vector<Field> fields() override {
    return with_common({field("max_steps", max_steps, "Moves after which an episode ends.", at_least(1))});
  }

  std::vector<std::string> observed() const override { return {"position", "velocity", "angle", "angular_velocity"}; }
  std::vector<std::string> actions() const override { return {"left", "right"}; }

  at::Tensor start(const at::Tensor& starts) const override {
    const at::Tensor states = at::zeros({starts.size(0), numbers}, at::kDouble);
    for (int64_t i = 0; i < starts.size(0); ++i) {
      Random random(static_cast<uint64_t>(starts.const_data_ptr<int64_t>()[i]), 0);
      for (int64_t k = 0; k < 4; ++k) states.data_ptr<double>()[i * numbers + k] = random.uniform(-0.05, 0.05);
    }
    return states;
  }

  at::Tensor observe(const at::Tensor& states) const override { return states.narrow(1, 0, 4).to(at::kFloat); }

  Moved move(const at::Tensor& states, const at::Tensor& actions) const override {
    const int64_t count = states.size(0);
    Moved moved{states.clone(at::MemoryFormat::Contiguous), at::ones({count}, at::kFloat),
                at::empty({count}, at::kBool), at::empty({count}, at::kBool)};
    const at::Tensor chosen = actions.contiguous();
    for (int64_t i = 0; i < count; ++i) {
      double* row = moved.states.data_ptr<double>() + i * numbers;
      push(row, chosen.const_data_ptr<int64_t>()[i] == 1 ? force : -force);
      const bool fell = std::abs(row[0]) > most_position || std::abs(row[2]) > most_angle;
      moved.terminated.data_ptr<bool>()[i] = fell;
      moved.truncated.data_ptr<bool>()[i] = !fell && row[4] >= static_cast<double>(max_steps);
    }
    return moved;
  }

 private:
  static void push(double* row, double newtons) {
    const double velocity = row[1], turning = row[3];
    const double cosine = std::cos(row[2]), sine = std::sin(row[2]);
    const double reach = pole_mass * half_length;
    const double push = (newtons + reach * (turning * turning) * sine) / total_mass;
    const double turn =
        (gravity * sine - cosine * push) / (half_length * (4.0 / 3.0 - pole_mass * (cosine * cosine) / total_mass));
    const double acceleration = push - reach * turn * cosine / total_mass;
    row[0] += interval * velocity;
    row[1] += interval * acceleration;
    row[2] += interval * turning;
    row[3] += interval * turn;
    row[4] += 1;
  }
};

const Registered<Dataset, Cartpole> cartpole_entry{"cartpole",
                                                   "An environment: a pole to balance on a cart (CartPole-v1)."};

}  // namespace
}  // namespace dlrun
