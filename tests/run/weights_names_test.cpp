// Names of weights: each rule changes what it says, and says so.

#include "run/weights_names.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "run/weights.h"

namespace dlrun::weights_names_test {
namespace {

struct Net {
  at::Tensor weight = at::zeros({2}), head = at::zeros({3}), count = at::full({}, 4, at::kLong);
  std::vector<NamedTensor> slots;
  explicit Net(const std::string& base = "net.")
      : slots{{base + "conv.weight", &weight}, {base + "fc.weight", &head}, {base + "bn.num_batches_tracked", &count}} {
  }
};

TensorList file(const std::string& start, bool counted = true) {
  TensorList tensors = {{start + "conv.weight", at::ones({2})}, {start + "fc.weight", at::ones({3})}};
  if (counted) tensors.emplace_back(start + "bn.num_batches_tracked", at::full({}, 9, at::kLong));
  return tensors;
}

TEST_CASE("wrappers, a missing base and old files are brought to the network's names, each with a note") {
  struct Row {
    std::string base, start;
    bool counted;
    size_t notes;
    std::string note;
  };
  const Row rows[] = {
      {"net.", "net.", true, 0, ""},
      {"net.", "module.net.", true, 1, "names without 'module.'"},
      {"net.", "model.module._orig_mod.net.", true, 3, "names without '_orig_mod.'"},
      {"net.", "", true, 1, "'net.' was added"},
      {"net.", "net.", false, 1, "1 of them keep their values"},
      {"model.", "model.", true, 0, ""},
      {"", "model.", true, 1, "names without 'model.'"},
  };
  for (const Row& row : rows) {
    Net net(row.base);
    INFO(row.base << " " << row.start);
    const Renamed renamed = rename_weights(net.slots, file(row.start, row.counted), {}, "w");
    CHECK(compare_weights(net.slots, renamed.tensors).fits());
    REQUIRE(renamed.notes.size() == row.notes);
    bool told = row.note.empty();
    for (const std::string& note : renamed.notes) told = told || note.find(row.note) != std::string::npos;
    CHECK(told);
  }
}

TEST_CASE("where only some names have a wrapper, nothing is guessed and the prefix is suggested") {
  Net net;
  TensorList tensors = file("model.net.");
  tensors.emplace_back("loss.weight", at::ones({1}));
  const Renamed renamed = rename_weights(net.slots, tensors, {}, "w");
  CHECK(renamed.notes.empty());
  CHECK_FALSE(compare_weights(net.slots, renamed.tensors).fits());
  CHECK_THAT(name_hint(net.slots, renamed.tensors), Catch::Contains("pretrained_prefix: model."));
  const Renamed told =
      rename_weights(net.slots, tensors, {.prefix = "model.", .constants = {}, .tied = {}, .renamed = {}}, "w");
  CHECK(compare_weights(net.slots, told.tensors).fits());
  REQUIRE(told.notes.size() == 1);
  CHECK_THAT(told.notes[0], Catch::Contains("1 tensors without it were left out"));
  CHECK_THROWS_AS(
      rename_weights(net.slots, tensors, {.prefix = "other.", .constants = {}, .tied = {}, .renamed = {}}, "w"),
      UserError);
}

TEST_CASE("constants and tied names of the reference library are left out, unless they disagree") {
  Net net;
  const NameRules rules{
      .prefix = "", .constants = {"attn.bias"}, .tied = {{"head.weight", "net.fc.weight"}}, .renamed = {}};
  TensorList tensors = file("net.");
  tensors.emplace_back("net.attn.bias", at::ones({1}));
  tensors.emplace_back("head.weight", at::ones({3}));
  Renamed renamed = rename_weights(net.slots, tensors, rules, "w");
  CHECK(compare_weights(net.slots, renamed.tensors).fits());
  CHECK(renamed.notes.size() == 2);

  std::erase_if(tensors, [](const auto& each) { return each.first == "net.fc.weight"; });
  CHECK(compare_weights(net.slots, rename_weights(net.slots, tensors, rules, "w").tensors).fits());

  tensors = file("net.");
  tensors.emplace_back("head.weight", at::zeros({3}));
  renamed = rename_weights(net.slots, tensors, rules, "w");
  CHECK(compare_weights(net.slots, renamed.tensors).unexpected == std::vector<std::string>{"head.weight"});
  CHECK_THAT(renamed.notes.back(), Catch::Contains("differ"));
}

TEST_CASE("names of another library become the network's, and those it knows stay") {
  Net net;
  const NameRules rules{
      .prefix = "",
      .constants = {},
      .tied = {},
      .renamed = {{R"(^(\w+)\.stem\.)", "$1.conv."}, {R"(fc)", "lost"}, {R"(^net\.head\.)", "net.fc."}}};
  TensorList tensors = file("net.");
  tensors[0].first = "module.net.stem.weight";
  tensors[1].first = "module.net.head.weight";
  tensors[2].first = "module.net.bn.num_batches_tracked";
  const Renamed renamed = rename_weights(net.slots, tensors, rules, "w");
  CHECK(compare_weights(net.slots, renamed.tensors).fits());
  REQUIRE(renamed.notes.size() == 2);
  CHECK_THAT(renamed.notes[1], Catch::Contains("2 names") && Catch::Contains("net.stem.weight is net.conv.weight"));
  CHECK(rename_weights(net.slots, file("net."), rules, "w").notes.empty());
}

TEST_CASE("another head is answered with what to ignore") {
  Net net;
  TensorList tensors = file("net.");
  tensors[1].second = at::ones({1000});
  CHECK_THAT(name_hint(net.slots, tensors), Catch::Contains(R"(pretrained_ignore: ['^net\.fc\.'])"));
  CHECK(name_hint(net.slots, file("net.")).empty());
}

}  // namespace
}  // namespace dlrun::weights_names_test
