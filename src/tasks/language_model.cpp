// Language modelling: the next token from those before it.

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/random.h"
#include "data/vocabulary.h"
#include "spec/catalog.h"
#include "tasks/task.h"

namespace dlrun {
namespace {

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
    Generated generated;
    for (int64_t sample = 0; sample < options.samples; ++sample) {
      Random random(options.seed, static_cast<uint32_t>(sample));
      std::vector<int64_t> tokens = beginning(options);
      // The tokens of a file are not told again; without a prompt the first token only starts the text.
      const size_t told = options.prompt.empty() ? tokens.size() : 0;
      for (int64_t i = 0; i < options.max_tokens; ++i) tokens.push_back(next_token(network, tokens, options, random));
      generated.texts.push_back(text_of(std::span(tokens).subspan(told), info().vocabulary()));
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

  int64_t next_token(Network& network, const std::vector<int64_t>& tokens, const GenerateOptions& options,
                     Random& random) const {
    const int64_t context = info().input().sizes.front();
    const int64_t length = std::min<int64_t>(context, static_cast<int64_t>(tokens.size()));
    const at::Device device = network.device();
    at::Tensor input = at::tensor(at::ArrayRef<int64_t>(tokens).slice(tokens.size() - length), at::kLong);
    at::Tensor scores = network.forward({{"input", input.unsqueeze(0).to(device)}})["output"];
    scores = scores[0][length - 1].to(at::kCPU, at::kDouble);
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

const Registered<Task, LanguageModel> entry{"language_model", "The next token from those before it."};

}  // namespace
}  // namespace dlrun
