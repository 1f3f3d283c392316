// An ONNX model, lowered from the operators that a forward pass runs, and compared with the network before it counts.

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/terminal.h"
#include "base/units.h"
#include "export/exporter.h"
#include "export/onnx_build.h"
#include "export/onnx_parity.h"
#include "export/onnx_subject.h"
#include "export/onnx_table.h"
#include "onnx/evaluator.h"
#include "onnx/file.h"
#include "onnx/front.h"
#include "onnx/runtime.h"
#include "spec/catalog.h"
#include "tasks/features.h"

namespace dlrun {
namespace {

std::string split_to_check(const Experiment& experiment) {
  for (const char* split : {"val", "test", "train"})
    if (experiment.samples(split)) return split;
  throw UserError(ExitCode::no_input, "export.check: the data hold no samples");
}

// The columns of a table in front of the network, where the data are one and what makes rows of them is all that is
// done.
std::optional<TableFront> table_front(const Experiment& experiment) {
  if (!TableEncoder::wrote(experiment.splits.info.fitted)) return std::nullopt;
  if (!experiment.augmentations.empty()) find_preprocessing(experiment, split_to_check(experiment));
  return TableFront(TableEncoder::from_json(experiment.splits.info.fitted));
}

// Throws UserError where what the network gives has to be turned into the value by more than a scale.
void expect_plain_values(const Choice<Loss>& loss) {
  const at::Tensor probe = at::zeros({1, 2});
  if (loss->predicted(probe).equal(probe)) return;
  throw UserError(
      ExitCode::bad_recipe,
      fmt::format("export.include_postprocessing: the loss {} teaches the network to give something else than "
                  "the value (docs/reference/loss/{}.md), and no operators for that are written; leave it out",
                  loss.type, loss.type));
}

struct OnnxExporter final : Exporter {
  int64_t opset = 17;
  bool check = true;
  int64_t check_samples = 512;
  double tolerance = 1e-4;
  bool include_preprocessing = false;
  bool include_postprocessing = false;
  bool discriminator = false;
  int64_t external_data_above = int64_t{2000} << 20;
  std::string onnxruntime = "auto";

  std::vector<Field> fields() override {
    return {
        field("opset", opset, "Version of ONNX's operator set. Graph networks need 16 or later.", between(13, 21)),
        field("check", check, "Run the file beside the network and fail when they differ; reads the data."),
        field("check_samples", check_samples,
              "Samples of the validation split (else test, else train) the two are compared on, rounded up to batches.",
              at_least(1)),
        field("tolerance", tolerance,
              "Largest difference that passes, as a share of the largest number of an output or of 1, whichever is "
              "more.",
              more_than(0)),
        field("include_preprocessing", include_preprocessing,
              "Put what is done before the network into the graph: it then takes images as the data have them, pixels "
              "of 0 to 255, or the columns of a table, one input each. Reads the data."),
        field("include_postprocessing", include_postprocessing,
              "Add an output in the task's terms: probabilities of a classification, values of a regression in the "
              "target's unit."),
        field("discriminator", discriminator, "Of a generator and its discriminator, write the second too."),
        field("external_data_above", external_data_above,
              "Weights go to a file beside the model when it would be larger, bytes; protobuf ends at 2 GiB.",
              between(0, static_cast<double>(int64_t{2047} << 20))),
        field("onnxruntime", onnxruntime,
              "Whether onnxruntime is asked too when the file is checked; auto: where its library is found "
              "(DLRUN_ONNXRUNTIME names it).",
              one_of("auto", "required", "off")),
    };
  }

  bool needs_data() const override { return check || include_preprocessing; }

  std::string check_export(const Experiment& experiment) const override {
    const OnnxSubject subject = onnx_subject(experiment);
    if (include_preprocessing && subject.takes_samples && !table_front(experiment))
      find_preprocessing(experiment, split_to_check(experiment));
    size_t nodes = build_onnx(subject, *experiment.network, opset).model.graph.nodes.size();
    if (discriminator)
      nodes += build_onnx(onnx_discriminator(experiment), *experiment.network, opset).model.graph.nodes.size();
    return fmt::format("every operator has a form in opset {}, {} nodes", opset, nodes);
  }

  Exported write(const Restored& run, const std::string& folder) const override {
    Experiment& experiment = *run.experiment;
    experiment.network->to(at::kCPU);
    experiment.device = at::kCPU;
    Exported exported;
    exported.facts = {{"opset", opset}, {"models", nlohmann::ordered_json::array()}};
    write_one(run, onnx_subject(experiment), folder, exported);
    if (discriminator) write_one(run, onnx_discriminator(experiment), folder, exported);
    for (const std::string& name : FileSystem::instance().list(folder)) exported.files.push_back(folder + "/" + name);
    // The weights beside a model before the model.
    std::stable_partition(exported.files.begin(), exported.files.end(),
                          [](const std::string& file) { return file.ends_with(".data"); });
    return exported;
  }

 private:
  void write_one(const Restored& run, const OnnxSubject& subject, const std::string& folder, Exported& exported) const {
    const Experiment& experiment = *run.experiment;
    const std::string file = folder + "/" + subject.name + ".onnx";
    OnnxBuild build = build_onnx(subject, *experiment.network, opset);
    std::optional<OnnxPreprocessing> preprocessing;
    std::optional<TableFront> table;
    if (include_preprocessing && subject.takes_samples) table = table_front(experiment);
    if (include_preprocessing && subject.takes_samples && !table)
      preprocessing = find_preprocessing(experiment, split_to_check(experiment));
    if (table) table->put_before(build.model);
    if (preprocessing) put_before(build.model, *preprocessing);
    // Features are what they are.
    const bool features = dynamic_cast<const AnswersWithFeatures*>(&*experiment.recipe.task) != nullptr;
    if (include_postprocessing && subject.takes_samples && !features) {
      if (const auto* several = dynamic_cast<const SeveralTargets*>(experiment.recipe.task.value.get()))
        for (const TargetPart& part : several->parts()) expect_plain_values(*part.loss);
      else
        expect_plain_values(experiment.recipe.loss);
      put_after(build.model, *experiment.recipe.task);
    }
    const std::string inside = table ? "columns" : preprocessing ? "inside" : "";
    describe_in(build.model, run, subject, inside);
    if (!inside.empty()) exported.facts["preprocessing"] = inside;
    write_onnx(build.model, file, {external_data_above});

    int64_t weights = 0;
    for (const OnnxTensor& tensor : build.model.graph.initializers) weights += tensor.value.numel();
    nlohmann::ordered_json facts = {
        {"model", subject.name}, {"nodes", build.model.graph.nodes.size()}, {"numbers", weights}};
    exported.lines.push_back(fmt::format("{}: {} nodes, {} numbers, opset {}", subject.name,
                                         build.model.graph.nodes.size(), count_text(weights), opset));
    if (check) {
      OnnxModel written = read_onnx(file);
      const OnnxEvaluator evaluator(table ? without_front(written) : written);
      const std::unique_ptr<OnnxRuntimeSession> witness = witness_of(file, run);
      const std::string split = split_to_check(experiment);
      ParityRequest request{experiment, subject, build, evaluator, preprocessing, split, check_samples, tolerance};
      // What stands in front of the network has a check of its own; behind it only we can look.
      if (!table) request.witness = witness.get();
      ParityReport parity = check_parity(request);
      if (table) {
        request.witness = witness.get();
        parity.join(check_cells(request, *table, std::move(written)));
      }
      report(parity, witness.get(), split, facts, exported);
    }
    exported.facts["models"].push_back(std::move(facts));
  }

  // The file in onnxruntime; null where that is not wanted or not found.
  std::unique_ptr<OnnxRuntimeSession> witness_of(const std::string& file, const Restored& run) const {
    if (onnxruntime == "off") return nullptr;
    std::shared_ptr<const OnnxRuntime> runtime = OnnxRuntime::find();
    if (!runtime && onnxruntime == "auto") return nullptr;
    if (!runtime)
      throw UserError(ExitCode::no_input,
                      "export.onnxruntime: required, and no libonnxruntime.so is found; name it in DLRUN_ONNXRUNTIME");
    try {
      return std::make_unique<OnnxRuntimeSession>(std::move(runtime), file,
                                                  static_cast<int>(run.recipe->hardware.threads));
    } catch (const UserError& error) {
      throw UserError(ExitCode::bug, fmt::format("export: {}. Nothing was written. A version that is too old for opset "
                                                 "{} is left aside with export.onnxruntime=off",
                                                 error.what(), opset));
    }
  }

  void report(const ParityReport& parity, const OnnxRuntimeSession* witness, const std::string& split,
              nlohmann::ordered_json& facts, Exported& exported) const {
    facts["parity"] = {{"split", split},
                       {"samples", parity.samples},
                       {"largest_difference", parity.absolute},
                       {"largest_relative_difference", parity.relative},
                       {"tolerance", tolerance}};
    exported.lines.push_back(fmt::format("  largest difference {:.2g}, {:.2g} of the largest output; {} {} samples",
                                         parity.absolute, parity.relative, count_text(parity.samples), split));
    if (witness) {
      const std::string& version = witness->runtime().version();
      facts["parity"]["onnxruntime"] = {{"version", version},
                                        {"largest_difference", parity.witness_absolute},
                                        {"largest_relative_difference", parity.witness_relative}};
      exported.lines.push_back(fmt::format("  in onnxruntime {}     {:.2g}, {:.2g} of the largest output", version,
                                           parity.witness_absolute, parity.witness_relative));
    }
    if (parity.metrics.empty()) return;
    Table table({{"metric"}, {"trained", Table::Align::right}, {"exported", Table::Align::right}});
    for (const ParityReport::Metric& metric : parity.metrics) {
      table.row({metric.name, fmt::format("{:.6g}", metric.trained), fmt::format("{:.6g}", metric.exported)});
      facts["parity"]["metrics"][metric.name] = {{"trained", metric.trained}, {"exported", metric.exported}};
    }
    std::string text = table.text();
    text.pop_back();
    exported.lines.push_back(text);
  }
};

const Registered<Exporter, OnnxExporter> onnx_entry{
    "onnx", "An ONNX model with dynamic batches, run beside the network before it counts."};

}  // namespace
}  // namespace dlrun
