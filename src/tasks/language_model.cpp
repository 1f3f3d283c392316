// Language modelling: the next token from those before it.

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "data/vocabulary.h"
#include "spec/catalog.h"
#include "tasks/next_scores.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

// Samples are made together while the scores of their windows are no more than 64 MB of float32.
constexpr int64_t most_scores = int64_t{1} << 24, most_texts = 64;

struct LanguageModel final : Task {
  std::vector<Field> fields() override { return {}; }

  std::string default_loss() const override { return "cross_entropy"; }

  Shapes shapes(const Loss& loss) const override {
    const int64_t vocabulary = static_cast<int64_t>(info().vocabulary().size());
    if (vocabulary == 0)
      throw UserError(ExitCode::bad_recipe, "task: language_model needs text; these data have no vocabulary");
    Shapes shapes = shapes_of(loss.outputs(vocabulary), Shapes::Per::position);
    shapes.causal = true;
    return shapes;
  }

  // input and target [B, T] int64, output [B, T, V].
  Outcome turn(const Turn& turn) const override {
    return {turn.loss.forward(answering(turn.all).forward(turn.batch), turn.batch), {}};
  }

  Results derived(double mean_loss) const override { return {{"perplexity", std::exp(mean_loss)}}; }

  // How likely each given text is: the mean negative log likelihood of its tokens, nats.
  nlohmann::json predict(Network& network, const Batch& batch) const override {
    const at::Tensor likely = network.forward(batch)["output"].to(at::kFloat).log_softmax(-1);
    nlohmann::json records = nlohmann::json::array();
    if (!batch.has("target")) return records;
    const at::Tensor loss = -likely.gather(-1, batch["target"].unsqueeze(-1)).squeeze(-1).mean(1).cpu();
    for (int64_t i = 0; i < loss.size(0); ++i) records.push_back({{"loss", loss[i].item<float>()}});
    return records;
  }

  bool generates() const override { return true; }

  Generated generate(Network& network, const GenerateOptions& options) const override {
    const std::vector<int64_t> beginning = this->beginning(options);
    // The tokens of a file are not told again; without a prompt the first token only starts the text.
    const size_t told = options.prompt.empty() ? beginning.size() : 0;
    const int64_t vocabulary = static_cast<int64_t>(info().vocabulary().size());
    const int64_t together = std::clamp<int64_t>(most_scores / (window() * vocabulary), 1, most_texts);
    Generated generated;
    for (int64_t first = 0; first < options.samples; first += together) {
      const int64_t rows = std::min(together, options.samples - first);
      const at::Tensor texts = continued(network, beginning, options, first, rows);
      for (int64_t row = 0; row < rows; ++row) {
        const std::span text(texts.const_data_ptr<int64_t>() + row * texts.size(1), static_cast<size_t>(texts.size(1)));
        generated.texts.push_back(text_of(text.subspan(told), info().vocabulary()));
      }
    }
    return generated;
  }

 private:
  // What the text to be made begins with: without a prompt a line, or whatever token is first.
  std::vector<int64_t> beginning(const GenerateOptions& options) const {
    if (!options.tokens.empty()) return options.tokens;
    if (!options.prompt.empty()) return tokens_of(options.prompt, info().vocabulary(), "prompt");
    if (is_byte_vocabulary(info().vocabulary())) return {'\n'};
    for (size_t i = 0; i < info().vocabulary().size(); ++i)
      if (info().vocabulary()[i] == "\n") return {static_cast<int64_t>(i)};
    return {0};
  }

  int64_t window() const { return info().input().sizes.front(); }

  // Samples `first` to first + rows - 1, each with draws of its own: [rows, beginning and max_tokens] int64.
  at::Tensor continued(Network& network, const std::vector<int64_t>& beginning, const GenerateOptions& options,
                       int64_t first, int64_t rows) const {
    std::vector<Random> draws;
    for (int64_t row = 0; row < rows; ++row) draws.emplace_back(options.seed, static_cast<uint32_t>(first + row));
    const int64_t begun = static_cast<int64_t>(beginning.size()), end = begun + options.max_tokens;
    const at::Tensor texts = at::empty({rows, end}, at::kLong);
    texts.narrow(1, 0, begun).copy_(at::tensor(beginning, at::kLong));
    auto tokens = texts.accessor<int64_t, 2>();
    NextScores next(network, window());
    for (int64_t length = begun; length < end; ++length) {
      const at::Tensor scores = next.of(texts.narrow(1, 0, length));
      for (int64_t row = 0; row < rows; ++row)
        tokens[row][length] = chosen(scores[row], options, draws[static_cast<size_t>(row)]);
    }
    return texts;
  }

  // One of the tokens that these scores [V] float64 are of.
  static int64_t chosen(at::Tensor scores, const GenerateOptions& options, Random& random) {
    if (options.temperature == 0) return scores.argmax().item<int64_t>();
    scores = scores / options.temperature;
    if (options.top_k > 0 && options.top_k < scores.numel()) {
      const at::Tensor limit = std::get<0>(scores.topk(options.top_k)).min();
      scores = scores.masked_fill(scores < limit, -std::numeric_limits<double>::infinity());
    }
    const at::Tensor reached = scores.softmax(0).cumsum(0);
    const double draw = random.uniform() * reached[-1].item<double>();
    return std::min<int64_t>(at::searchsorted(reached, draw, false, /*right=*/true).item<int64_t>(),
                             scores.numel() - 1);
  }
};

const Registered<Task, LanguageModel> language_model_entry{"language_model", "The next token from those before it."};

}  // namespace
}  // namespace dlrun
