// The reader against tables of good and bad recipes.

#include "spec/read.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "spec/sample.h"
#include "spec/write.h"

namespace dlrun::read_test {

using sample::problems_of;

namespace {

const std::string head = "name: a\narchitecture: mlp\n";  // two lines that are right

struct Case {
  std::string text;
  std::string problems;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO(c.text);
    CHECK(problems_of(c.text) == c.problems);
  }
}

}  // namespace

TEST_CASE("a right recipe gives its values and leaves the rest at the defaults") {
  const sample::Recipe recipe = sample::read(R"(# comment
version: 1
name: "first run"
seed: 0x1F
output_dir: runs/${name}
data: {path: data, target: null, columns: [a, "b c"]}
architecture: {type: mlp, widths: [64, 32], dropout: .5}
optimizer: {type: sgd, lr: 5e-4, momentum: 0.9, nesterov: true}
augmentation:
  - {type: random_crop, size: 32}
  - random_flip
early_stopping: {min_delta: 1e-4, norm: .inf}
trainer:
  epochs: 1e3
)");
  CHECK(recipe.name == "first run");
  CHECK(recipe.seed == 31);
  CHECK(recipe.output_dir == "runs/first run");
  CHECK(recipe.data.columns == std::vector<std::string>{"a", "b c"});
  REQUIRE(recipe.architecture.type == "mlp");
  const auto& mlp = static_cast<sample::Mlp&>(*recipe.architecture);
  CHECK(mlp.widths == std::vector<int64_t>{64, 32});
  CHECK(mlp.dropout == 0.5);
  CHECK(mlp.activation == "relu");
  CHECK(static_cast<sample::Sgd&>(*recipe.optimizer).lr == 5e-4);
  REQUIRE(recipe.augmentation.size() == 2);
  CHECK(recipe.augmentation.values[1].type == "random_flip");
  CHECK(recipe.early_stopping->min_delta == 1e-4);
  CHECK(std::isinf(recipe.early_stopping->norm));
  CHECK(recipe.early_stopping->patience == 10);
  CHECK(recipe.trainer.epochs == 1000);
  CHECK(recipe.trainer.batch_size == 128);
}

TEST_CASE("a component without type keeps the field's default, one with type starts from its own") {
  CHECK(static_cast<sample::AdamW&>(*sample::read(head).optimizer).lr == 3e-4);
  CHECK(static_cast<sample::AdamW&>(*sample::read(head + "optimizer: {weight_decay: 0}").optimizer).lr == 3e-4);
  CHECK(static_cast<sample::AdamW&>(*sample::read(head + "optimizer: adamw").optimizer).lr == 1e-3);
  CHECK_FALSE(sample::read(head + "optimizer: null").optimizer);
}

TEST_CASE("every problem is reported at once, in the order of places") {
  CHECK(problems_of("name: a\ntrainer: {epochs: ten}\narchitecture:\n  type: mlp\n  widht: [1]\n  dropout: 1.5\n"
                    "seed: 1.5\nmax_epochs: 3\n") ==
        "bad.yaml:2:19: trainer.epochs: expected an integer, got \"ten\"\n"
        "bad.yaml:5:3: architecture.widht: unknown key of mlp; did you mean 'widths'?\n"
        "bad.yaml:6:12: architecture.dropout: must be between 0 and 1, got 1.5\n"
        "bad.yaml:7:7: seed: expected an integer, got 1.5\n"
        "bad.yaml:8:1: max_epochs: unknown key; dlrun calls this trainer.epochs");
}

TEST_CASE("values of the wrong type") {
  check({
      {head + "seed: 010",
       "bad.yaml:3:7: seed: expected an integer, got 010; no leading zeros: write 10, or 0o10 for octal"},
      {head + "seed: 09", "bad.yaml:3:7: seed: expected an integer, got 09; no leading zeros: write 9"},
      {head + "seed: 1_000", "bad.yaml:3:7: seed: expected an integer, got \"1_000\"; write 1000"},
      {head + "seed: \"5\"", "bad.yaml:3:7: seed: expected an integer, got \"5\"; without the quotes it is one"},
      {head + "seed: 99999999999999999999",
       "bad.yaml:3:7: seed: expected an integer, got 99999999999999999999; beyond the range of a 64-bit integer"},
      {head + "seed: 1e30", "bad.yaml:3:7: seed: expected an integer, got 1e30"},
      {head + "seed: true", "bad.yaml:3:7: seed: expected an integer, got true"},
      {head + "seed:\n", "bad.yaml:3:1: seed: expected an integer, got null"},
      {head + "seed: ~", "bad.yaml:3:7: seed: expected an integer, got null"},
      {head + "seed: [1]", "bad.yaml:3:7: seed: expected an integer, got a list"},
      {head + "seed: {a: 1}", "bad.yaml:3:7: seed: expected an integer, got a group of keys"},
      {head + "optimizer: {lr: 1e999}",
       "bad.yaml:3:17: optimizer.lr: expected a number, got 1e999; beyond the range of a 64-bit number"},
      {head + "optimizer: {lr: .nan}", "bad.yaml:3:17: optimizer.lr: expected a number, got .nan, which is not one"},
      {head + "optimizer: {lr: .inf}", "bad.yaml:3:17: optimizer.lr: must be finite, got .inf"},
      {head + "optimizer: {lr: inf}", "bad.yaml:3:17: optimizer.lr: expected a number, got \"inf\"; YAML writes .inf"},
      {head + "optimizer: {lr: 10%}", "bad.yaml:3:17: optimizer.lr: expected a number, got \"10%\"; write 0.1"},
      {head + "optimizer: {lr: 0,1}",
       "bad.yaml:3:17: optimizer.lr: must be more than 0, got 0\n"
       "bad.yaml:3:19: optimizer.1: unknown key of adamw; known: lr, betas, weight_decay, type"},
      {head + "trainer: {shuffle: yes}",
       "bad.yaml:3:20: trainer.shuffle: expected true or false, got \"yes\"; YAML 1.2 writes true"},
      {head + "trainer: {shuffle: off}",
       "bad.yaml:3:20: trainer.shuffle: expected true or false, got \"off\"; YAML 1.2 writes false"},
      {head + "trainer: {shuffle: 1}",
       "bad.yaml:3:20: trainer.shuffle: expected true or false, got 1; YAML 1.2 writes true"},
      {head + "trainer: {shuffle: \"true\"}",
       "bad.yaml:3:20: trainer.shuffle: expected true or false, got \"true\"; without the quotes it is one"},
      {head + "data: {path: 5}", "bad.yaml:3:14: data.path: expected text, got 5; as text it is written \"5\""},
      {head + "data: {path: null}", "bad.yaml:3:14: data.path: expected text, got null"},
      {head + "data: {columns: a}", "bad.yaml:3:17: data.columns: expected a list of text, got \"a\"; write [a]"},
      {head + "data: {columns: [a, 2020]}",
       "bad.yaml:3:21: data.columns.1: expected text, got 2020; as text it is written \"2020\""},
      {head + "data: 5", "bad.yaml:3:7: data: expected a group of keys, got 5"},
      {head + "trainer: {micro_batch_size: x}",
       "bad.yaml:3:29: trainer.micro_batch_size: expected an integer or null, got \"x\""},
      {head + "early_stopping: true",
       "bad.yaml:3:17: early_stopping: expected a group of keys or null, got true; write {} for its defaults"},
      {head + "augmentation: random_flip",
       "bad.yaml:3:15: augmentation: expected a list of sample augmentations, got \"random_flip\"; write '- ' before "
       "it, a list of one"},
      {head + "augmentation:",
       "bad.yaml:3:1: augmentation: expected a list of sample augmentations, got null; write [] for none"},
      {"name: a\narchitecture: [mlp]", "bad.yaml:2:15: architecture: expected a sample architecture, got a list"},
  });
}

TEST_CASE("values that break their rule") {
  check({
      {head + "version: 2", "bad.yaml:3:10: version: must be between 1 and 1, got 2"},
      {head + "trainer: {epochs: 0}", "bad.yaml:3:19: trainer.epochs: must be at least 1, got 0"},
      {head + "optimizer: {lr: 0}", "bad.yaml:3:17: optimizer.lr: must be more than 0, got 0"},
      {head + "trainer: {milestones: [0.5, 2]}",
       "bad.yaml:3:29: trainer.milestones.1: must be more than 0 and at most 1, got 2"},
      {"name: ''\narchitecture: mlp", "bad.yaml:1:7: name: must not be empty"},
      {"name: a\narchitecture: {type: mlp, widths: []}", "bad.yaml:2:35: architecture.widths: must not be empty"},
      {"name: a\narchitecture: {type: mlp, activation: rleu}",
       "bad.yaml:2:39: architecture.activation: must be relu or gelu, got \"rleu\"; did you mean 'relu'?"},
      {"architecture: mlp", "bad.yaml:1:1: name: required, but not given"},
      {"name: a\narchitecture: null", "bad.yaml:2:15: architecture: required, but null"},
      {head + "augmentation: [{type: random_crop}]", "bad.yaml:3:16: augmentation.0.size: required, but not given"},
      {head + "augmentation: [random_crop]", "bad.yaml:3:16: augmentation.0.size: required, but not given"},
      // rules that join fields, at the place of the field they name
      {"name: a\narchitecture: {type: cnn, kernel: 4}", "bad.yaml:2:35: architecture.kernel: must be odd (kernel 4)"},
      {head + "trainer:\n  batch_size: 8\n  micro_batch_size: 16",
       "bad.yaml:5:21: trainer.micro_batch_size: must not exceed batch_size (micro_batch_size 16, batch_size 8)"},
      // and only where the fields they join are right by themselves
      {head + "optimizer: {type: sgd, nesterov: true, momentum: 7}",
       "bad.yaml:3:50: optimizer.momentum: must be between 0 and 1, got 7"},
      {head + "optimizer: {type: sgd, nesterov: true, momentun: 0.9}",
       "bad.yaml:3:40: optimizer.momentun: unknown key of sgd; did you mean 'momentum'?"},
      // whatever else is wrong beside them
      {head +
           "optimizer: {type: sgd, nesterov: true, lr: 0}\ntrainer: {batch_size: 8, micro_batch_size: 16, epochs: 0}",
       "bad.yaml:3:34: optimizer.nesterov: needs a momentum (nesterov true, momentum 0)\n"
       "bad.yaml:3:44: optimizer.lr: must be more than 0, got 0\n"
       "bad.yaml:4:44: trainer.micro_batch_size: must not exceed batch_size (micro_batch_size 16, batch_size 8)\n"
       "bad.yaml:4:56: trainer.epochs: must be at least 1, got 0"},
  });
}

TEST_CASE("unknown components") {
  check({
      {"name: a\narchitecture: mpl",
       "bad.yaml:2:15: architecture: no sample architecture is called \"mpl\"; did you mean 'mlp'? Known: cnn, mlp"},
      {"name: a\narchitecture: {type: sgd}",
       "bad.yaml:2:22: architecture.type: no sample architecture is called \"sgd\"; that is an optimizer; known: "
       "cnn, mlp"},
      {"name: a\narchitecture: {tpye: mlp}", "bad.yaml:2:16: architecture.tpye: unknown key; did you mean 'type'?"},
      {"name: a\narchitecture: {widths: [1]}", "bad.yaml:2:1: architecture: needs a 'type': cnn, mlp"},
      {"name: a\narchitecture: {type: }",
       "bad.yaml:2:16: architecture.type: expected a name, got null; known: cnn, mlp"},
  });
}

TEST_CASE("unknown keys, and what was probably meant") {
  check({
      {head + "epochs: 3", "bad.yaml:3:1: epochs: unknown key; did you mean trainer.epochs?"},
      {head + "lr: 0.1", "bad.yaml:3:1: lr: unknown key; dlrun calls this optimizer.lr"},
      {head + "learningRate: 0.1", "bad.yaml:3:1: learningRate: unknown key; dlrun calls this optimizer.lr"},
      {head + "model: mlp", "bad.yaml:3:1: model: unknown key; dlrun calls this architecture"},
      {head + "batch-size: 1", "bad.yaml:3:1: batch-size: unknown key; did you mean trainer.batch_size?"},
      {head + "trainer: {max_epochs: 1}",
       "bad.yaml:3:11: trainer.max_epochs: unknown key of trainer; dlrun calls this trainer.epochs"},
      {head + "optimizer: {type: adamw, momentum: 0.9}",
       "bad.yaml:3:26: optimizer.momentum: unknown key of adamw; sgd has it"},
      {head + "optimizer: {type: adamw, patience: 3}",
       "bad.yaml:3:26: optimizer.patience: unknown key of adamw; did you mean early_stopping.patience?"},
      {head + "trainer.epochs: 3",
       "bad.yaml:3:1: trainer.epochs: unknown key; write it nested, a dotted key is for the command line"},
      {head + "augmentation: [{type: random_flip, size: 3}]",
       "bad.yaml:3:36: augmentation.0.size: unknown key of random_flip; random_crop has it"},
      {head + "trainer: {zzz: 1}",
       "bad.yaml:3:11: trainer.zzz: unknown key of trainer; known: epochs, batch_size, micro_batch_size, shuffle, "
       "milestones"},
  });
}

TEST_CASE("overrides") {
  using V = std::vector<std::string>;
  const auto lr = [](const V& overrides) {
    return static_cast<sample::AdamW&>(*sample::read(head, overrides).optimizer).lr;
  };
  CHECK(lr({"optimizer.lr=0.5"}) == 0.5);
  CHECK(lr({"optimizer.lr=0.5", "optimizer.lr=0.25"}) == 0.25);
  CHECK(sample::read(head, V{"output_dir=runs/${name}", "name=b"}).output_dir == "runs/b");
  CHECK(sample::read(head + "augmentation: [{type: random_crop, size: 3}]", V{"augmentation.0.size=32"})
            .augmentation.values.size() == 1);
  CHECK_FALSE(sample::read(head, V{"optimizer=null"}).optimizer);
  CHECK(static_cast<sample::Mlp&>(*sample::read(head, V{"architecture.widths.1=7"}).architecture).widths ==
        std::vector<int64_t>{256, 7});
  CHECK(static_cast<sample::Mlp&>(*sample::read(head, V{"architecture.dropout=0.5"}).architecture).dropout == 0.5);

  struct Bad {
    V overrides;
    std::string problems;
  };
  for (const Bad& bad : std::vector<Bad>{
           {{"optimizer.lrr=0.1"},
            "argument optimizer.lrr=0.1: optimizer.lrr: unknown key of adamw; did you mean 'lr'?"},
           {{"optimizer.lr"}, "argument optimizer.lr: expected key=value, as in optimizer.lr=0.1"},
           {{"=1"}, "argument =1: expected key=value, as in optimizer.lr=0.1; a key is empty"},
           {{"a..b=1"}, "argument a..b=1: expected key=value, as in optimizer.lr=0.1; a key is empty"},
           {{"trainer.epochs=ten"}, "argument trainer.epochs=ten: trainer.epochs: expected an integer, got \"ten\""},
           {{"seed=[1"}, "argument seed=[1: seed: a '[' that is never closed by ']'"},
           {{"trainer={epochs: 1, epochs: 2}"},
            "argument trainer={epochs: 1, epochs: 2}: trainer: duplicate key 'epochs'; first given in line 1"},
           {{"augmentation.0.size=3"},
            "argument augmentation.0.size=3: augmentation.0: no such item; the list has 0, counted from 0"},
           {{"_base_=x.yaml"}, "argument _base_=x.yaml: _base_: can only be given in a file"},
       })
    CHECK(problems_of(head, bad.overrides) == bad.problems);
}

TEST_CASE("another type drops the parameters of the old one") {
  const std::string text = head + "optimizer: {type: adamw, weight_decay: 0.1, lr: 0.2}\n";
  const sample::Recipe same = sample::read(text, {"optimizer.type=adamw"});
  CHECK(static_cast<sample::AdamW&>(*same.optimizer).lr == 0.2);
  const sample::Recipe other = sample::read(text, {"optimizer.type=sgd"});
  CHECK(static_cast<sample::Sgd&>(*other.optimizer).lr == 0.1);
  // What another argument gives stays, in any order.
  const sample::Recipe kept = sample::read(text, {"optimizer.momentum=0.5", "optimizer.type=sgd", "optimizer.lr=3"});
  CHECK(static_cast<sample::Sgd&>(*kept.optimizer).momentum == 0.5);
  CHECK(static_cast<sample::Sgd&>(*kept.optimizer).lr == 3);
  CHECK(static_cast<sample::Sgd&>(*sample::read(text, {"optimizer=sgd"}).optimizer).lr == 0.1);
  // A list's item as well.
  const sample::Recipe item =
      sample::read(head + "augmentation: [{type: random_crop, size: 3}]", {"augmentation.0.type=random_flip"});
  CHECK(item.augmentation.values[0].type == "random_flip");
}

TEST_CASE("references are replaced after the overrides") {
  setenv("DLRUN_TEST_LR", "0.125", 1);
  setenv("DLRUN_TEST_NAME", "7", 1);
  unsetenv("DLRUN_TEST_UNSET");
  const auto out = [](const std::string& value) { return sample::read(head + "output_dir: " + value).output_dir; };
  CHECK(out("\"x${name}y\"") == "xay");
  CHECK(out("\"${trainer.epochs}\" ") == "10");  // a default, as text
  CHECK(out("${env:DLRUN_TEST_NAME}") == "7");
  CHECK(out("runs/${env:DLRUN_TEST_UNSET,data}/x") == "runs/data/x");
  CHECK(out("'${env:DLRUN_TEST_UNSET,${name}/b}'") == "a/b");
  CHECK(out("$${name}") == "${name}");
  CHECK(out("a$b}{") == "a$b}{");
  const sample::Recipe recipe = sample::read(head +
                                             "optimizer: {lr: \"${env:DLRUN_TEST_LR}\"}\n"
                                             "trainer: {epochs: 3, batch_size: \"${trainer.epochs}\"}\n"
                                             "augmentation: [{type: random_crop, size: \"${trainer.batch_size}\"}]");
  CHECK(static_cast<sample::AdamW&>(*recipe.optimizer).lr == 0.125);
  CHECK(recipe.trainer.batch_size == 3);
  CHECK(static_cast<sample::RandomCrop&>(recipe.augmentation[0]).size == 3);
  check({
      {head + "output_dir: ${nme}",
       "bad.yaml:3:13: output_dir: ${nme}: no such key in this recipe; did you mean ${name}?"},
      {head + "output_dir: ${output_dir}", "bad.yaml:3:13: output_dir: goes in a circle: output_dir -> output_dir"},
      {"name: ${output_dir}\narchitecture: mlp\noutput_dir: ${data.path}\ndata: {path: \"${name}\"}",
       "bad.yaml:1:7: name: goes in a circle: name -> output_dir -> data.path -> name"},
      {head + "output_dir: ${env:DLRUN_TEST_UNSET}",
       "bad.yaml:3:13: output_dir: the environment variable DLRUN_TEST_UNSET is not set; set it, or give a default: "
       "${env:DLRUN_TEST_UNSET,default}"},
      {head + "output_dir: ${name",
       "bad.yaml:3:13: output_dir: a '${' that is never closed by '}'; write $${ for the "
       "characters themselves"},
      {head + "output_dir: x${trainer}",
       "bad.yaml:3:13: output_dir: ${trainer} is a group of keys, which cannot stand inside text"},
      {head + "seed: ${env:DLRUN_TEST_LR}", "bad.yaml:3:7: seed: expected an integer, got 0.125"},
  });
}

TEST_CASE("the number of a run folder stays open, in its key alone") {
  const auto out = [](const std::string& value) { return sample::read(head + "output_dir: " + value).output_dir; };
  CHECK(out("runs/${name}-${n}") == "runs/a-${n}");
  CHECK(out("${n}") == "${n}");
  sample::Recipe recipe = sample::read(head + "output_dir: runs/${n}");
  const std::string written = write_yaml(recipe);
  CHECK_THAT(written, Catch::Contains("output_dir: \"runs/${n}\"\n"));
  sample::Recipe again;
  read_text(written, "again.yaml", {}, again);
  CHECK(again.output_dir == "runs/${n}");
  check({
      {head + "output_dir: ${n}/${n}", "bad.yaml:3:13: output_dir: ${n} is the number of one folder: write it once"},
      {"name: a-${n}\narchitecture: mlp",
       "bad.yaml:1:7: name: ${n} is the number of a run folder: it can only stand in "
       "output_dir"},
      {"name: \"${output_dir}\"\narchitecture: mlp\noutput_dir: runs/${n}",
       "bad.yaml:1:7: name: ${output_dir} holds ${n}, a number that is not known before the run begins"},
  });
}

TEST_CASE("origins tell where each value was written") {
  sample::add_samples();
  setenv("DLRUN_TEST_LR", "0.125", 1);
  sample::Recipe recipe;
  const Origins origins =
      read_text(head + "optimizer:\n  lr: ${env:DLRUN_TEST_LR}\n", "r.yaml", {{"trainer.epochs=3"}}, recipe);
  CHECK(origins.find("name").str() == "r.yaml:1:7");
  CHECK(origins.find("optimizer.lr").str() == "r.yaml:4:7 (environment variable DLRUN_TEST_LR)");
  CHECK(origins.find("trainer.epochs").str() == "argument trainer.epochs=3");
  CHECK(origins.at.count("trainer.batch_size") == 0);
  CHECK(origins.find("seed").str() == "default");
}

TEST_CASE("a default may hold a reference") {
  CHECK(sample::read(head).data.target == std::nullopt);
  struct Inner final : Params {
    std::string name = "a", folder = "runs/${name}", plain = "x";
    std::vector<Field> fields() override {
      return {field("name", name, ""), field("folder", folder, ""), field("plain", plain, "")};
    }
  };
  Inner left, given, broken;
  CHECK(read_text("name: b", "r.yaml", {}, left).at.count("folder") == 0);
  CHECK(left.folder == "runs/b");
  read_text("folder: $${name}", "r.yaml", {}, given);
  CHECK(given.folder == "${name}");
  broken.folder = "${nam}";
  CHECK_THROWS_WITH(read_text("name: b", "r.yaml", {}, broken),
                    "r.yaml:1:1: folder: ${nam}: no such key in this recipe; did you mean ${name}?");
}

}  // namespace dlrun::read_test
