// dlrun predict: what a run's checkpoint, or an ONNX file, says about samples, or what it generates.

#include "eval/predict.h"

#include "engine.h"
#include "verb.h"

namespace dlrun {
namespace {

std::function<int()> define(CLI::App& app) {
  auto options = std::make_shared<PredictOptions>();
  app.add_option("RUN", options->run, run_or_model_doc)->required()->type_name("");
  app.add_option(
         "INPUT", options->inputs,
         "Files or folders to predict, - for standard input; without any, samples of --split. ONNX files also take "
         ".safetensors: their inputs as they are")
      ->type_name("");
  app.add_option("--set", options->overrides, "Override a key of the run's recipe: --set data.path=/elsewhere")
      ->type_name("a.b=value")
      ->type_size(1)
      ->allow_extra_args(false);
  app.add_option("--split", options->split, "train, val or test; default: test, or val where there is none")
      ->type_name("NAME");
  app.add_option("--samples", options->samples, "How many samples to predict or to generate")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number(1));
  app.add_option("-o,--output", options->output,
                 "File or folder to write to, .csv or .tsv for a table; without it, stdout")
      ->type_name("PATH");
  app.add_option("--checkpoint", options->checkpoint, "best, last, or a step")
      ->capture_default_str()
      ->type_name("WHICH");
  app.add_option("--prompt", options->prompt, "Language models: the text to continue")->type_name("TEXT");
  app.add_option("--max-tokens", options->max_tokens, "Language models: how many tokens to generate")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number(0));
  app.add_option("--temperature", options->temperature, "Language models: 0 takes the most likely token")
      ->capture_default_str()
      ->type_name("T")
      ->check(number(0));
  app.add_option("--top-k", options->top_k, "Language models: sample among the K likeliest tokens; 0: all")
      ->capture_default_str()
      ->type_name("K")
      ->check(whole_number(0));
  app.add_option("--seed", options->seed, "Seed of everything sampled here")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number(0));
  add_model_options(app, options->recipe, options->engine);
  add_common_options(app, *options);
  return [options] { return call_engine("dlrun_predict", *options); };
}

const RegisteredVerb verb{{"predict", "Predict samples, files or folders with a run's checkpoint, or generate",
                           "dlrun predict runs/mlp --samples 5\n"
                           "dlrun predict runs/resnet18 photo.jpeg folder/ --json\n"
                           "dlrun predict runs/gpt --prompt \"To be\" --max-tokens 300 --temperature 0.8\n"
                           "dlrun predict model.onnx photo.jpeg\n"
                           "dlrun predict model.onnx inputs.safetensors --output outputs.safetensors",
                           define}};

}  // namespace
}  // namespace dlrun
