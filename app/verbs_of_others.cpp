// What other tools call what dlrun does: Keras, scikit-learn, Lightning, fastai, Ultralytics, Hugging Face, git.

#include "verbs_of_others.h"

#include <unordered_map>

namespace dlrun {

const char* verb_of_others(const std::string& name) {
  static const std::unordered_map<std::string, const char*> table = {
      {"fit", "train RECIPE"},
      {"fit_one_cycle", "train RECIPE lr_scheduler=one_cycle"},
      {"run", "train RECIPE"},
      {"start", "train RECIPE"},
      {"learn", "train RECIPE"},
      {"pretrain", "train RECIPE"},
      {"finetune", "train RECIPE architecture.pretrained=RUN"},
      {"fine_tune", "train RECIPE architecture.pretrained=RUN"},
      {"resume", "train RECIPE --resume"},
      {"continue", "train RECIPE --resume"},
      {"lr_find", "train RECIPE --find-lr"},
      {"tune", "train RECIPE --find-lr"},
      {"test", "eval RUN --split test"},
      {"val", "eval RUN --split val"},
      {"evaluate", "eval RUN"},
      {"evaluation", "eval RUN"},
      {"score", "eval RUN"},
      {"metrics", "eval RUN"},
      {"infer", "predict RUN INPUT"},
      {"inference", "predict RUN INPUT"},
      {"classify", "predict RUN INPUT"},
      {"detect", "predict RUN INPUT"},
      {"apply", "predict RUN INPUT"},
      {"generate", "predict RUN --prompt TEXT"},
      {"sample", "predict RUN --samples N"},
      {"chat", "predict RUN --prompt TEXT"},
      {"convert", "export RUN --format onnx"},
      {"onnx", "export RUN --format onnx"},
      {"save", "export RUN"},
      {"load", "import FILE"},
      {"summary", "describe RECIPE"},
      {"info", "describe NAME"},
      {"show", "describe NAME"},
      {"explain", "describe NAME"},
      {"plot", "report RUN"},
      {"board", "report RUN"},
      {"dashboard", "report RUN"},
      {"diff", "compare RUN RUN"},
      {"new", "init"},
      {"create", "init"},
      {"setup", "init"},
      {"copy", "cp NAME"},
      {"copy-cfg", "cp NAME"},
      {"clone", "cp NAME"},
      {"models", "list architecture"},
      {"recipes", "list recipes"},
      {"ls", "list"},
      {"check", "validate RECIPE"},
      {"checks", "doctor"},
      {"lint", "validate RECIPE"},
      {"env", "doctor"},
      {"collect_env", "doctor"},
      {"version", "--version"},
      {"settings", "config RECIPE"},
      {"cfg", "config RECIPE"},
      {"print-config", "config RECIPE"},  // an option of theirs
      {"runs", "watch RUN..."},
      {"sync", "mlflow RUN"},
  };
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace dlrun
