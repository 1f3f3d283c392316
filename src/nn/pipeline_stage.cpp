// A process' run of the blocks of a network.

#include "nn/pipeline_stage.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace dlrun {
namespace {

// Thrown where a stage has nothing more to compute.
struct PipelineStageEnds {};

}  // namespace

std::vector<size_t> even_runs(const std::vector<int64_t>& sizes, size_t runs) {
  const size_t count = sizes.size();
  TORCH_CHECK(runs > 0 && count >= runs, count, " blocks in ", runs, " runs");
  constexpr int64_t none = std::numeric_limits<int64_t>::max();
  // least[k][i]: the largest of k runs of the first i blocks, as small as can be; from[k][i]: where the last begins.
  std::vector<std::vector<int64_t>> least(runs + 1, std::vector<int64_t>(count + 1, none));
  std::vector<std::vector<size_t>> from(runs + 1, std::vector<size_t>(count + 1, 0));
  least[0][0] = 0;
  for (size_t k = 1; k <= runs; ++k)
    for (size_t i = k; i <= count; ++i) {
      int64_t run = 0;
      for (size_t begin = i; begin-- > k - 1;) {
        run += sizes[begin];
        const int64_t largest = std::max(least[k - 1][begin], run);
        if (largest >= least[k][i]) continue;
        least[k][i] = largest;
        from[k][i] = begin;
      }
    }
  std::vector<size_t> begins(runs + 1, count);
  for (size_t k = runs; k > 0; --k) begins[k - 1] = from[k][begins[k]];
  return begins;
}

// How a block of the network passes in this process.
class PipelineStage::Block final : public PartPass {
 public:
  enum class Place { before, arrives, own, departs, behind, answers };
  Block(PipelineStage& stage, Place place) : stage_(stage), place_(place) {}

 private:
  bool elsewhere() const override { return place_ != Place::own && place_ != Place::departs; }

  at::Tensor instead(const at::Tensor& input) const override {
    if (place_ == Place::before) return input;
    if (place_ == Place::arrives) return stage_.arrive();
    if (stage_.mode_ == Mode::learns) throw PipelineStageEnds();
    if (place_ == Place::behind) return input;
    const at::Tensor answer = stage_.ranks_.receive(0);
    stage_.finish();
    return answer;
  }

  at::Tensor leave(const at::Tensor& output, void*) const override {
    if (place_ == Place::departs) stage_.depart(output);
    return output;
  }

  PipelineStage& stage_;
  Place place_;
};

class PipelineStage::In {
 public:
  In(PipelineStage& stage, Mode mode) : stage_(stage) { stage.mode_ = mode; }
  ~In() { stage_.mode_ = Mode::answers; }

 private:
  PipelineStage& stage_;
};

PipelineStage::PipelineStage(const std::vector<Module*>& blocks, const std::vector<size_t>& begins, Ranks& ranks)
    : ranks_(ranks) {
  const auto stage = static_cast<size_t>(index());
  const size_t begin = begins[stage], end = begins[stage + 1];
  for (size_t i = 0; i < blocks.size(); ++i) {
    using Place = Block::Place;
    Place place = i < begin ? Place::before : i < end ? Place::own : Place::behind;
    if (i + 1 == begin) place = Place::arrives;
    if (i + 1 == end) place = Place::departs;
    if (i + 1 == blocks.size() && place == Place::behind) place = Place::answers;
    blocks[i]->pass_in_part(std::make_shared<Block>(*this, place));
  }
}

int64_t PipelineStage::index() const { return ranks_.size() - 1 - ranks_.rank(); }

at::Tensor PipelineStage::arrive() {
  const at::Tensor arrived = ranks_.receive(rank_of(index() - 1));
  if (mode_ != Mode::learns) return arrived;
  TORCH_CHECK(!passed_.arrived.defined(), "a turn in which the network passes twice");
  passed_.arrived = arrived;
  passed_.arrived.set_requires_grad(arrived.is_floating_point());
  return passed_.arrived.clone();  // An operator may change its input in place, and autograd's leaves are left alone.
}

void PipelineStage::depart(const at::Tensor& output) {
  if (mode_ == Mode::goes_back) return;  // A block that is computed a second time for its gradients.
  if (!last()) ranks_.begin_send(output.detach(), rank_of(index() + 1));
  if (mode_ == Mode::learns && !last()) passed_.departed = output;
  if (mode_ != Mode::answers || !last()) return;
  for (int64_t rank = 1; rank < ranks_.size(); ++rank) ranks_.begin_send(output.detach(), rank);
  finish();
}

PipelineStage::Passed PipelineStage::forward(const std::function<void()>& turn) {
  const In in(*this, Mode::learns);
  passed_ = {};
  bool ended = false;
  try {
    turn();
  } catch (const PipelineStageEnds&) {
    ended = true;
  }
  TORCH_CHECK(ended != last(), "a turn in which the network does not pass through its blocks");
  return std::exchange(passed_, {});
}

void PipelineStage::backward(const Passed& passed, const std::function<void(const at::Tensor& gradient)>& work) {
  const In in(*this, Mode::goes_back);
  work(last() ? at::Tensor() : ranks_.receive(rank_of(index() + 1)));
  if (!passed.arrived.defined()) return;
  const at::Tensor gradient = passed.arrived.grad();
  ranks_.begin_send(gradient.defined() ? gradient : at::zeros_like(passed.arrived), rank_of(index() - 1));
}

}  // namespace dlrun
