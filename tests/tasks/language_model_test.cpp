// Texts of language models against the plain way of making them: the last tokens, run as a whole, for every new one.

#include <catch2/catch.hpp>

#include "base/random.h"
#include "models/decoding.h"
#include "tasks/task.h"

namespace dlrun::language_model_test {
namespace {

constexpr int64_t window = 16;

std::vector<std::string> letters() {
  std::vector<std::string> names = {"\n"};
  for (char letter = 'a'; letter <= 'j'; ++letter) names.emplace_back(1, letter);
  return names;
}

std::shared_ptr<Task> language_model() {
  const Entry* entry = Catalog::instance().find("task", "language_model");
  REQUIRE(entry);
  auto task = std::dynamic_pointer_cast<Task>(entry->make());
  DataInfo info;
  info.fields = {{"input", FieldInfo::Means::tokens, {window}, letters()}};
  task->bind(info);
  return task;
}

std::shared_ptr<Network> network_of(const std::string& type) {
  auto made = architecture(type);
  if (type == "gpt") {
    set(*made, "width", int64_t{16});
    set(*made, "layers", int64_t{2});
  } else {
    set(*made, "embedding_size", int64_t{8});
    set(*made, "hidden_size", int64_t{12});
  }
  return small_decoder(*made, of_tokens(window, static_cast<int64_t>(letters().size())));
}

// The text of one sample without its beginning.
std::string plain_text(Network& network, std::vector<int64_t> tokens, const GenerateOptions& options, int64_t sample) {
  Random random(options.seed, static_cast<uint32_t>(sample));
  std::string text;
  for (int64_t i = 0; i < options.max_tokens; ++i) {
    const int64_t length = std::min<int64_t>(window, static_cast<int64_t>(tokens.size()));
    const at::Tensor input = at::tensor(std::vector<int64_t>(tokens.end() - length, tokens.end())).unsqueeze(0);
    at::Tensor scores = network.forward({{"input", input}})["output"].detach()[0][length - 1].to(at::kDouble);
    int64_t token = scores.argmax().item<int64_t>();
    if (options.temperature > 0) {
      scores = scores / options.temperature;
      if (options.top_k > 0)
        scores = scores.masked_fill(scores < std::get<0>(scores.sort(0, true))[options.top_k - 1],
                                    -std::numeric_limits<double>::infinity());
      const at::Tensor shares = scores.softmax(0);
      double left = random.uniform();
      for (token = 0; token + 1 < shares.numel() && left >= shares[token].item<double>(); ++token)
        left -= shares[token].item<double>();
    }
    tokens.push_back(token);
    text += letters()[static_cast<size_t>(token)];
  }
  return text;
}

// A network that writes down what it is asked: rows and tokens of each whole run, and of each piece.
struct Watched : Network {
  explicit Watched(std::shared_ptr<Network> network) : inner(std::move(network)) {}
  Batch compute(const Batch& batch) override {
    runs.push_back(batch["input"].sizes().vec());
    return inner->forward(batch);
  }

  std::shared_ptr<Network> inner;
  std::vector<std::vector<int64_t>> runs;
};

struct WatchedDecoder final : Watched, Decoder {
  using Watched::Watched;
  Batch start(const Batch& context, int64_t rows, int64_t length) override {
    return decoder_of(*inner).start(context, rows, length);
  }
  at::Tensor decode(const at::Tensor& tokens, Batch& past) override {
    pieces.push_back(tokens.sizes().vec());
    return decoder_of(*inner).advance(tokens, past);
  }

  std::vector<std::vector<int64_t>> pieces;
};

TEST_CASE("texts are those of running the whole window for every token, whichever network writes them") {
  const auto task = language_model();
  for (const char* type : {"gpt", "rnn", "lstm", "gru"}) {
    const auto network = network_of(type);
    GenerateOptions options{.prompt = "abc", .samples = 3, .max_tokens = 40, .seed = 7};
    for (const auto& [temperature, top_k] : {std::pair{0.0, 0}, std::pair{1.0, 0}, std::pair{0.7, 4}}) {
      options.temperature = temperature;
      options.top_k = top_k;
      const std::vector<std::string> texts = task->generate(*network, options).texts;
      REQUIRE(texts.size() == 3);
      for (int64_t i = 0; i < 3; ++i) {
        INFO(type << " at " << temperature << ", sample " << i);
        CHECK(texts[static_cast<size_t>(i)] == "abc" + plain_text(*network, {1, 2, 3}, options, i));
      }
      if (temperature > 0) CHECK(texts[0] != texts[1]);
    }
  }
}

TEST_CASE("a beginning may be longer than what the network sees, or missing") {
  const auto task = language_model();
  const auto network = network_of("gpt");
  GenerateOptions options{.samples = 1, .max_tokens = 30, .seed = 3};
  CHECK(task->generate(*network, options).texts[0] == plain_text(*network, {0}, options, 0));
  for (const int64_t length : {window - 1, window, window + 1, 3 * window}) {
    const at::Tensor beginning = tokens({length}, 11);
    options.tokens.assign(beginning.const_data_ptr<int64_t>(), beginning.const_data_ptr<int64_t>() + length);
    INFO(length << " tokens");
    CHECK(task->generate(*network, options).texts[0] == plain_text(*network, options.tokens, options, 0));
  }
  options.max_tokens = 0;
  CHECK(task->generate(*network, options).texts[0].empty());
}

TEST_CASE("a decoder reads every token of a window once, for all samples together; other networks run the window") {
  const auto task = language_model();
  const GenerateOptions options{.prompt = "abc", .samples = 2, .max_tokens = 16, .seed = 1};
  WatchedDecoder decoder(network_of("gpt"));
  const std::vector<std::string> texts = task->generate(decoder, options).texts;
  std::vector<std::vector<int64_t>> once = {{2, 3}};
  for (int64_t length = 4; length <= window; ++length) once.push_back({2, 1});
  CHECK(decoder.pieces == once);
  CHECK(decoder.runs == std::vector<std::vector<int64_t>>(2, {2, window}));  // texts of 17 and 18 tokens

  Watched other(network_of("gpt"));
  CHECK(task->generate(other, options).texts == texts);
  CHECK(other.runs.size() == 16);
}

TEST_CASE("a sample's text does not depend on how many are asked for") {
  const auto task = language_model();
  const auto network = network_of("gpt");
  const GenerateOptions options{.prompt = "j", .samples = 70, .max_tokens = 20, .seed = 5};
  const std::vector<std::string> texts = task->generate(*network, options).texts;
  REQUIRE(texts.size() == 70);
  for (const int64_t i : {0, 63, 64, 69})
    CHECK(texts[static_cast<size_t>(i)] == "j" + plain_text(*network, {10}, options, i));
}

TEST_CASE("a prompt with characters the vocabulary lacks is refused by name") {
  const auto task = language_model();
  const auto network = network_of("gpt");
  try {
    task->generate(*network, {.prompt = "abz"});
    FAIL("no error");
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    CHECK_THAT(error.what(), Catch::Contains("prompt: the training text has no \"z\""));
  }
}

}  // namespace
}  // namespace dlrun::language_model_test
