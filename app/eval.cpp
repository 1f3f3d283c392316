// dlrun eval: the metrics of a run's checkpoint, or of an ONNX file, on one split.

#include "eval/eval.h"

#include <algorithm>

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<EvalOptions>();
  app.add_option("RUN", options->run, run_or_model_doc)->required()->type_name("");
  app.add_option(
         "a.b=value", options->overrides,
         "Override keys of the run's recipe; the value is YAML. Arguments without = are files to evaluate instead of a "
         "split")
      ->type_name("");
  app.add_option("--split", options->split, "train, val or test; default: test, or val where there is none")
      ->type_name("NAME");
  app.add_option("--checkpoint", options->checkpoint, "best, last, or a step")
      ->capture_default_str()
      ->type_name("WHICH");
  app.add_option("--by", options->by, "Column of the table whose values make groups: their numbers too")
      ->type_name("COLUMN");
  app.add_option("--pictures", options->pictures, "Folder for drawings of tables, such as the confusion matrix")
      ->type_name("FOLDER");
  app.add_option("--bootstrap", options->bootstrap,
                 "How often samples are drawn again for the 95 % interval of the first metric; 0: none")
      ->check(CLI::Range(int64_t{0}, int64_t{1000000}))
      ->capture_default_str()
      ->type_name("TIMES");
  app.add_option("--seed", options->seed, "Of these draws")->capture_default_str()->type_name("NUMBER");
  add_model_options(app, options->recipe, options->engine);
  add_common_options(app, *options);
  return [options] {
    const auto files =
        std::stable_partition(options->overrides.begin(), options->overrides.end(),
                              [](const std::string& text) { return text.find('=') != std::string::npos; });
    options->inputs.assign(files, options->overrides.end());
    options->overrides.erase(files, options->overrides.end());
    return call_engine("dlrun_eval", *options);
  };
}

const RegisteredVerb verb{{"eval", "Evaluate a run's checkpoint, or an ONNX file, on one split of its data",
                           "dlrun eval runs/mlp\n"
                           "dlrun eval runs/mlp --split val --checkpoint last --json\n"
                           "dlrun eval runs/mlp data.path=/elsewhere/fashion_mnist\n"
                           "dlrun eval runs/mlp_adult --by sex --pictures drawings\n"
                           "dlrun eval runs/mlp_adult new.csv\n"
                           "dlrun eval model.onnx\n"
                           "dlrun eval resnet18.onnx --recipe recipe.yaml --split val",
                           define}};

}  // namespace
}  // namespace dlrun
