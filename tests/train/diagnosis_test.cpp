// Diagnoses: each is provoked by a training that has the trouble, healthy trainings provoke none, and looking changes
// nothing.

#include "train/diagnosis/diagnosis.h"

#include <catch2/catch.hpp>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "training.h"

namespace dlrun::diagnosis_test {
namespace {

std::string pictures(const std::string& architecture, const std::string& optimizer, const std::string& rest = "") {
  return "version: 1\nname: sick\ntask: classification\nseed: 1\ndata: {type: idx, path: " +
         (test::source_dir() / "recipes/data/fashion_mnist_small").string() +
         ", val: {split: 0.1}}\naugmentation: [normalize]\narchitecture: " + architecture +
         "\noptimizer: " + optimizer +
         "\ntrainer: {max_steps: 60, batch_size: 64, limit_val_batches: 2}\n"
         "diagnosis: {every_n_steps: 5}\nhardware: {threads: 1}\n" +
         rest;
}

// A table of two numbers and an answer.
std::string table(const test::TempDir& temp, const std::string& task, const std::function<std::string(Random&)>& row) {
  Random random(9, 0);
  std::string text = "a,b,answer\n";
  for (int i = 0; i < 640; ++i) text += row(random) + "\n";
  return "version: 1\nname: sick\ntask: " + task +
         "\nseed: 1\ndata: {type: csv, path: " + temp.write("table.csv", text) +
         ", target: answer, val: {split: 0.1}}\n"
         "architecture: {type: mlp, widths: []}\noptimizer: {type: adamw, lr: 1e-3}\n"
         "trainer: {epochs: 20, batch_size: 32}\ndiagnosis: {every_n_steps: 10}\nhardware: {threads: 1}\n";
}

// The answer is what the first number is above the second.
std::string difference(const test::TempDir& temp) {
  return table(temp, "regression", [](Random& random) {
    const double a = random.normal(), b = random.normal();
    return std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(a - b);
  });
}

struct Found {
  std::vector<nlohmann::json> records;
  std::string summary;

  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& record : records) names.insert(record.at("name").get<std::string>());
    return names;
  }
  const nlohmann::json& of(const std::string& name) const {
    for (const auto& record : records) {
      if (record.at("name") == name) return record;
    }
    std::string all;
    for (const auto& record : records) all += " " + record.at("name").get<std::string>();
    FAIL("no " << name << ", but:" << all);
    return records.front();
  }
  bool in(const std::string& name, const std::string& layer) const {
    const auto& layers = of(name).at("layers");
    return std::find(layers.begin(), layers.end(), layer) != layers.end();
  }
};

// What a training finds; one that diverges counts up to there.
Found diagnose(const std::string& recipe, const std::vector<std::string>& overrides = {},
               const std::function<void(Experiment&)>& prepare = {}) {
  const test::TempDir temp;
  test::Training training(recipe, temp / "run", {overrides, prepare, {}});
  try {
    training.trainer->run();
  } catch (const UserError& error) {
    REQUIRE(error.code() == ExitCode::diverged);
  }
  return {training.events("diagnosis"), training.trainer->findings()};
}

const std::string kSgd = "{type: sgd, lr: 0.05, momentum: 0.9}";

TEST_CASE("vanishing gradients: deep sigmoids") {
  const Found found =
      diagnose(pictures("{type: mlp, widths: [32, 32, 32, 32, 32, 32, 32, 32], activation: sigmoid}", kSgd));
  CHECK(found.in("vanishing_gradients", "layers.0.weight"));
  CHECK_FALSE(found.in("vanishing_gradients", "layers.24.weight"));
  CHECK(found.of("vanishing_gradients").at("step") == 6);
  CHECK(found.summary.find("vanishing_gradients (step 6)") != std::string::npos);
}

TEST_CASE("exploding gradients and a learning rate too high: a linear model whose steps overshoot") {
  const test::TempDir temp;
  const std::string recipe = difference(temp);
  const Found found = diagnose(recipe, {"optimizer={type: sgd, lr: 1.3}", "diagnosis.every_n_steps=2"});
  CHECK(found.in("exploding_gradients", "layers.0.weight"));
  CHECK(found.names().count("learning_rate_too_high") == 1);
}

TEST_CASE("dead ReLUs: steps so large that units never fire again") {
  const Found found = diagnose(pictures("{type: mlp, widths: [64, 64]}", "{type: adamw, lr: 1.0}"));
  CHECK((found.in("dead_relus", "layers.1 relu") || found.in("dead_relus", "layers.4 relu")));
}

TEST_CASE("collapse to one class: a layer that says nothing leaves the last bias alone") {
  const Found found = diagnose(pictures("{type: mlp, widths: [64, 64]}", kSgd), {}, [](Experiment& experiment) {
    c10::NoGradGuard off;
    for (const NamedTensor& parameter : experiment.network->parameters())
      if (parameter.name == "layers.3.bias") parameter.tensor->fill_(-1000);
  });
  CHECK(found.in("dead_relus", "layers.4 relu"));
  CHECK(found.names().count("class_collapse") == 1);
}

TEST_CASE("saturated activations: weights far too large for tanh") {
  const Found found =
      diagnose(pictures("{type: mlp, widths: [64, 64], activation: tanh}", kSgd), {}, [](Experiment& experiment) {
        c10::NoGradGuard off;
        experiment.network->parameters().front().tensor->mul_(100);
      });
  CHECK(found.in("saturated_activations", "layers.1 tanh"));
  CHECK_FALSE(found.in("saturated_activations", "layers.4 tanh"));
}

TEST_CASE("weights that do not move: a layer with hardly any learning rate") {
  const Found found = diagnose(pictures("{type: mlp, widths: [64, 64]}",
                                        "{type: sgd, lr: 0.05, groups: [{match: 'layers\\.3', lr_scale: 1e-9}]}"));
  CHECK(found.of("weights_do_not_move").at("layers") == nlohmann::json::array({"layers.3.weight"}));
}

TEST_CASE("weights that run away: every step larger than the last") {
  const test::TempDir temp;
  const std::string recipe = difference(temp);
  const Found found = diagnose(recipe, {"optimizer={type: sgd, lr: 1.3}", "diagnosis.every_n_steps=2"});
  CHECK(found.in("weights_run_away", "layers.0.weight"));
}

TEST_CASE("a learning rate too low: the loss stays where it is") {
  const Found found = diagnose(pictures("{type: mlp, widths: [64]}", "{type: sgd, lr: 1e-6}"));
  CHECK(found.names() == std::set<std::string>{"learning_rate_too_low"});
}

TEST_CASE("a learning rate too high is told before the first regular look, and never called too low afterwards") {
  const test::TempDir temp;
  const std::string numbers = difference(temp);
  const Found blown = diagnose(numbers, {"optimizer={type: sgd, lr: 1.3}", "diagnosis.every_n_steps=100"});
  CHECK(blown.of("learning_rate_too_high").at("step") < 100);
  // A jump at the beginning, then chance for ever: the loss itself is no higher than at first.
  const std::string cnn = "{type: cnn, blocks: [{channels: 8}, {channels: 8}], head: {widths: [16]}}";
  for (const char* optimizer : {"{type: adamw, lr: 1.0}", "{type: sgd, lr: 3.0, momentum: 0.9}"}) {
    INFO(optimizer);
    const Found stuck = diagnose(pictures(cnn, optimizer), {"trainer.max_steps=320", "diagnosis.every_n_steps=100"});
    CHECK(stuck.of("learning_rate_too_high").at("step") <= 200);
    CHECK(stuck.names().count("learning_rate_too_low") == 0);
  }
  const Found wild = diagnose(pictures("{type: mlp, widths: [64]}", "{type: sgd, lr: 20}"), {"trainer.max_steps=200"});
  CHECK(wild.names().count("learning_rate_too_high") == 1);
  CHECK(wild.names().count("learning_rate_too_low") == 0);
}

TEST_CASE("a short healthy training is not called underfitting for what it knew before it began") {
  const test::TempDir temp;
  const std::string numbers = difference(temp);
  // Looks at steps 1, 101 and 201.
  const Found found = diagnose(numbers, {"trainer.epochs=15", "diagnosis.every_n_steps=100"});
  CHECK(found.names().empty());
}

TEST_CASE("overfitting: a large network and few pictures") {
  const std::string recipe =
      "version: 1\nname: sick\ntask: classification\nseed: 1\ndata: {type: hdf5, path: " +
      (test::source_dir() / "recipes/data/fashion_mnist_tiny.h5").string() +
      ", input: train/images, target: train/labels, val: {split: 0.5}}\naugmentation: [normalize]\n"
      "architecture: {type: mlp, widths: [512, 512]}\noptimizer: {type: adamw, lr: 2e-3}\n"
      "trainer: {epochs: 40, batch_size: 32}\nhardware: {threads: 1}\n";
  CHECK(diagnose(recipe).of("overfitting").at("numbers").at("best_step") > 0);
  CHECK(diagnose(recipe, {"diagnosis.ignore=[overfitting]"}).names().count("overfitting") == 0);
}

TEST_CASE("plateau and underfitting: nothing in the inputs tells the answer") {
  const test::TempDir temp;
  const std::string recipe = table(temp, "regression", [](Random& random) {
    return std::to_string(random.normal()) + "," + std::to_string(random.normal()) + "," +
           std::to_string(random.normal());
  });
  const Found found = diagnose(recipe, {"optimizer.lr=0.01", "trainer.epochs=30"});
  CHECK(found.names() == std::set<std::string>{"plateau", "underfitting"});
}

TEST_CASE("class imbalance: a class that hardly occurs is named") {
  const test::TempDir temp;
  const auto rare = [](double share) {
    return [share](Random& random) {
      const double a = random.normal() + (random.chance(share) ? 6 : 0);
      return std::to_string(a) + "," + std::to_string(random.normal()) + "," + (a > 3 ? "fraud" : "fine");
    };
  };
  const Found found = diagnose(table(temp, "classification", rare(0.02)), {"optimizer.lr=0.05"});
  CHECK(found.names().count("class_imbalance") == 1);
  CHECK(found.of("class_imbalance").at("seen").get<std::string>().find("of class fraud") != std::string::npos);
  CHECK(diagnose(table(temp, "classification", rare(0.2)), {"optimizer.lr=0.05"}).names().count("class_imbalance") ==
        0);
}

// DCGAN as it is, with a quarter of its usual channels and an eighth of its usual batch: seconds instead of minutes.
Found draw(const std::vector<std::string>& overrides) {
  return diagnose(
      "version: 1\nname: sick\ntask: {type: adversarial, real_label: 0.9}\nseed: 1\ndata: {type: idx, path: " +
          (test::source_dir() / "recipes/data/fashion_mnist_small").string() +
          "}\narchitecture: {type: dcgan, latent_size: 64, generator_channels: 16, "
          "discriminator_channels: 16}\n"
          "optimizer: {type: adamw, lr: 2e-4, beta1: 0.5, weight_decay: 0}\n"
          "augmentation: [{type: normalize, mean: [0.5], std: [0.5]}]\n"
          "trainer: {max_steps: 400, batch_size: 16}\ndiagnosis: {every_n_steps: 20}\n"
          "hardware: {threads: 1}\n",
      overrides);
}

TEST_CASE("two players in balance: a DCGAN at the rate of its paper") { CHECK(draw({}).names().empty()); }

TEST_CASE("mode collapse and a discriminator that wins: a DCGAN at 250 times its rate, without its momentum") {
  const Found found = draw({"optimizer.lr=0.05", "optimizer.beta1=0.9", "task=adversarial"});
  CHECK(found.of("discriminator_wins").at("numbers").at("fake_score").get<double>() < 0.01);
  CHECK(found.of("mode_collapse").at("numbers").at("diversity").get<double>() < 0.1);
  CHECK(found.names().count("generator_wins") == 0);
}

TEST_CASE("a discriminator that wins: a generator of one channel") {
  // Its rate is a hundredth as well: two players of one rate are too evenly matched for every processor to agree.
  const Found found =
      draw({"architecture.generator_channels=1", "architecture.discriminator_channels=32", "optimizer.lr=1e-3",
            "optimizer.groups=[{match: ^generator, lr_scale: 0.01}]", "task=adversarial"});
  CHECK(found.names().count("discriminator_wins") == 1);
}

TEST_CASE("a generator that wins: its discriminator hardly learns") {
  const Found found = draw({"optimizer.lr=2e-3", "optimizer.groups=[{match: ^discriminator, lr_scale: 0.01}]"});
  CHECK(found.of("generator_wins").at("numbers").at("fake_score").get<double>() > 0.9);
  CHECK(found.names().count("discriminator_wins") == 0);
  // The other way round: a generator too fast for its discriminator, which rates its pictures above real ones.
  // By at least 0.3 over the first hundred steps, with five seeds.
  CHECK(draw({"optimizer.groups=[{match: ^generator, lr_scale: 30}, {match: ^discriminator, lr_scale: 0.3}]"})
            .names()
            .count("generator_wins") == 1);
}

TEST_CASE("looking changes no number, and a resumed training finds the same") {
  const std::string recipe =
      pictures("{type: cnn, blocks: [{channels: 16}], head: {widths: [16], dropout: 0.3}}", "{type: adamw, lr: 0.3}",
               "regularization: {ema: {decay: 0.9}, gradient_clipping: {value: 1.0}}\n"
               "checkpoint: {every_n_steps: 7, save_top_k: 20, monitor: train/loss}\n");
  const std::vector<std::string> often = {"trainer.max_steps=30", "trainer.micro_batch_size=32",
                                          "diagnosis.every_n_steps=1", "trainer.validate_every_n_steps=7"};
  std::vector<std::string> never = often;
  never.push_back("diagnosis.every_n_steps=0");
  const test::TempDir temp;
  TensorList watched;
  {
    test::Training training(recipe, temp / "watched", {often, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    REQUIRE(training.events("diagnosis").size() >= 1);
    watched = training.state();
  }
  {
    test::Training training(recipe, temp / "alone", {never, {}, {}});
    REQUIRE(training.trainer->run() == Ending::complete);
    CHECK(training.events("diagnosis").empty());
    CHECK(test::same_tensors(training.state(), watched));
  }
  const std::string metrics = test::plain_metrics(temp / "watched");
  for (int64_t from : {21, 7}) {
    test::Training resumed(recipe, temp / "watched", {often, {}, from});
    REQUIRE(resumed.trainer->run() == Ending::complete);
    CHECK(test::same_tensors(resumed.state(), watched));
    CHECK(test::plain_metrics(temp / "watched") == metrics);
  }
}

TEST_CASE("the embedded recipes are healthy") {
  const auto recipe = [](const std::string& name) {
    return test::read_bytes(test::source_dir() / "recipes" / (name + ".yaml"));
  };
  std::filesystem::current_path(test::source_dir());
  CHECK(diagnose(recipe("cnn_fashion_mnist_small"), {"hardware.threads=1"}).names().empty());
  CHECK(diagnose(recipe("mlp_hdf5"), {"hardware.threads=1"}).names().empty());
  // Its 320 pictures are soon known by heart without dropout and at a high rate.
  CHECK(diagnose(recipe("mlp_hdf5"), {"hardware.threads=1", "architecture.dropout=0", "optimizer.lr=0.01"}).names() ==
        std::set<std::string>{"overfitting"});
  // A usual mlp on the same pictures, looked at often.
  const Found found = diagnose(pictures("{type: mlp, widths: [256, 128], dropout: 0.2}", "{type: adamw, lr: 1e-3}"),
                               {"trainer.max_steps=400", "diagnosis.every_n_steps=20"});
  CHECK(found.names().empty());
}

TEST_CASE("a graph whose loss falls, one noisy step an epoch, is on no plateau") {
  const std::filesystem::path folder = test::real_data("cora");
  if (folder.empty()) return;
  setenv("DLRUN_DATA", folder.parent_path().c_str(), 1);
  const std::string recipe = test::read_bytes(test::source_dir() / "recipes/gcn_cora.yaml");
  CHECK(diagnose(recipe, {"hardware.threads=1"}).names().empty());
}

TEST_CASE("a recipe can ignore every diagnosis there is, by its name") {
  std::vector<std::string> known;
  for (const Field& field : DiagnosisSettings().fields())
    if (field.name == "ignore") known = field.rule.choices;
  std::vector<std::string> names;
  for (const auto& diagnosis : all_diagnoses()) names.push_back(diagnosis->name());
  std::sort(known.begin(), known.end());
  std::sort(names.begin(), names.end());
  CHECK(known == names);
  const std::string page = test::read_bytes(test::source_dir() / "docs/diagnosis.md");
  for (const std::string& name : names) CHECK(page.find("`" + name + "`") != std::string::npos);
}

}  // namespace
}  // namespace dlrun::diagnosis_test
