// Runs the diagnoses over a training.

#include "train/diagnosis/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace dlrun {
namespace {

nlohmann::json optional(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

std::optional<double> optional(const nlohmann::json& saved) {
  if (saved.is_null()) return {};
  return saved.get<double>();
}

std::string layers_text(const std::vector<std::string>& layers) {
  constexpr size_t most = 4;
  if (layers.size() < 2) return "";
  std::vector<std::string> shown(layers.begin() + 1,
                                 layers.begin() + static_cast<std::ptrdiff_t>(std::min(most + 1, layers.size())));
  std::string text = " The same holds for " + join(shown, ", ");
  if (layers.size() > most + 1) text += fmt::format(" and {} more", layers.size() - most - 1);
  return text + ".";
}

}  // namespace

Diagnostics::Diagnostics(const DiagnosisSettings& settings, std::vector<std::string> classes, Tell tell)
    : settings_(settings), classes_(std::move(classes)), tell_(std::move(tell)) {
  if (settings_.every_n_steps == 0) return;
  diagnoses_ = all_diagnoses();
  std::erase_if(diagnoses_, [&](const std::unique_ptr<Diagnosis>& diagnosis) {
    return std::find(settings_.ignore.begin(), settings_.ignore.end(), diagnosis->name()) != settings_.ignore.end();
  });
  counting_ = !classes_.empty();
  class_counts_.resize(classes_.size());
}

bool Diagnostics::due(int64_t step) const { return settings_.every_n_steps > 0 && step % settings_.every_n_steps == 0; }

void Diagnostics::step(const StepLoss& step, size_t players) {
  loss_sum_ += step.loss;
  ++losses_;
  if (players > 1) return;
  for (const auto& diagnosis : diagnoses_) report(diagnosis->name(), step.step, diagnosis->stepped(step));
}

void Diagnostics::look(Observation observation) {
  observation.window_loss = losses_ > 0 ? loss_sum_ / static_cast<double>(losses_) : observation.loss;
  loss_sum_ = 0.0;
  losses_ = 0;
  for (const auto& diagnosis : diagnoses_) report(diagnosis->name(), observation.step, diagnosis->look(observation));
}

void Diagnostics::count(const at::Tensor& target) {
  const at::Tensor counts =
      at::bincount(target.masked_select(target.ge(0)), {}, static_cast<int64_t>(classes_.size())).cpu();
  for (size_t i = 0; i < class_counts_.size(); ++i) class_counts_[i] += counts.const_data_ptr<int64_t>()[i];
}

void Diagnostics::epoch_done(int64_t step) {
  if (!counting_) return;
  counting_ = false;
  for (const auto& diagnosis : diagnoses_) report(diagnosis->name(), step, diagnosis->counted(class_counts_, classes_));
}

void Diagnostics::validated(const CurvePoint& point) {
  if (diagnoses_.empty()) return;
  curve_.push_back(point);
  for (const auto& diagnosis : diagnoses_) report(diagnosis->name(), point.step, diagnosis->validated(curve_));
}

void Diagnostics::ended(int64_t steps) {
  for (const auto& diagnosis : diagnoses_) report(diagnosis->name(), steps, diagnosis->ended(steps));
}

// Weights that steps too large have thrown far away change little by their size: no sign of steps too small.
bool Diagnostics::contradicts(const std::string& name) const {
  const std::string high = name_of(Trouble::learning_rate_too_high);
  return name == name_of(Trouble::learning_rate_too_low) &&
         std::any_of(found_.begin(), found_.end(), [&](const auto& found) { return found.first == high; });
}

void Diagnostics::report(const std::string& name, int64_t step, const std::optional<Finding>& finding) {
  if (!finding || contradicts(name)) return;
  found_.emplace_back(name, step);
  nlohmann::ordered_json record = {{"event", "diagnosis"}, {"step", step}, {"name", name}};
  record["layers"] = finding->layers;
  record["numbers"] = finding->numbers;
  record["seen"] = finding->seen;
  tell_(record, fmt::format("{} (step {}): {}{} {} {}", name, step, finding->seen, layers_text(finding->layers),
                            finding->meaning, finding->advice));
}

std::string Diagnostics::summary() const {
  std::string text;
  for (const auto& [name, step] : found_) text += fmt::format("{}{} (step {})", text.empty() ? "" : ", ", name, step);
  return text.empty() ? text : "found while training: " + text + "; see docs/diagnosis.md";
}

nlohmann::json Diagnostics::save() const {
  nlohmann::json saved = {{"loss_sum", loss_sum_},   {"losses", losses_}, {"counting", counting_},
                          {"counts", class_counts_}, {"found", found_},   {"curve", nlohmann::json::array()}};
  for (const CurvePoint& point : curve_)
    saved["curve"].push_back({point.step, optional(point.train_loss), optional(point.val_loss), point.rate});
  for (const auto& diagnosis : diagnoses_) saved["diagnoses"][diagnosis->name()] = diagnosis->save();
  return saved;
}

void Diagnostics::load(const nlohmann::json& saved) {
  saved.at("loss_sum").get_to(loss_sum_);
  saved.at("losses").get_to(losses_);
  saved.at("counting").get_to(counting_);
  saved.at("found").get_to(found_);
  if (saved.at("counts").size() == class_counts_.size()) saved.at("counts").get_to(class_counts_);
  curve_.clear();
  for (const nlohmann::json& point : saved.at("curve"))
    curve_.push_back({point.at(0), optional(point.at(1)), optional(point.at(2)), point.at(3)});
  // One that was ignored until now begins here.
  for (const auto& diagnosis : diagnoses_)
    if (saved.contains("diagnoses") && saved["diagnoses"].contains(diagnosis->name()))
      diagnosis->load(saved["diagnoses"][diagnosis->name()]);
}

}  // namespace dlrun
