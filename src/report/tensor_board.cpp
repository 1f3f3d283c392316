// Names, steps and files of what TensorBoard is given.

#include "report/tensor_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "report/event_numbers.h"
#include "run/run_marker.h"
#include "spec/node_of.h"
#include "spec/scalar.h"
#include "spec/secrets.h"

namespace dlrun {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* event_prefix = "events.out.tfevents.";
constexpr const char* result_ending = ".result";

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Readers go through the files of a folder in the order of their names.
std::string next_file(const std::string& folder) {
  auto seconds = static_cast<int64_t>(unix_time());
  for (const std::string& name : FileSystem::instance().list(folder))
    if (is_event_file(name))
      seconds = std::max(
          seconds, static_cast<int64_t>(std::stoll(name.substr(std::char_traits<char>::length(event_prefix)))) + 1);
  return fmt::format("{}/{}{:010d}.dlrun", folder, event_prefix, seconds);
}

// Whether there is one; those of an end that does not hold any more go.
bool take_results_back(const std::string& folder) {
  bool any = false;
  for (const std::string& name : FileSystem::instance().list(folder)) {
    if (!is_event_file(name)) continue;
    any = true;
    if (name.ends_with(result_ending)) FileSystem::instance().remove(folder + "/" + name);
  }
  return any;
}

EventValue event_value(const Node& node) {
  if (node.style == Node::Style::plain) {
    if (const std::optional<bool> flag = parse_bool(node.text)) return *flag;
    if (const std::optional<double> number = parse_number(node.text)) return *number;
  }
  return as_written(node.text);
}

void add_event_values(const Node& node, const std::string& path, EventValues& values) {
  const auto is_scalar = [](const Node& item) { return item.is_scalar(); };
  if (node.is_scalar()) {
    values.emplace_back(path, event_value(node));
  } else if (node.is_list() && std::all_of(node.children.begin(), node.children.end(), is_scalar)) {
    std::string text;
    for (const Node& item : node.children) text += (text.empty() ? "" : ", ") + as_written(item.text);
    values.emplace_back(path, "[" + text + "]");
  } else {
    for (size_t i = 0; i < node.children.size(); ++i)
      add_event_values(node.children[i], child_path(path, node.is_map() ? node.children[i].key : std::to_string(i)),
                       values);
  }
}

// The recipe as a block of code in Markdown.
std::string code_block(const std::string& text) {
  std::string block;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    block += "    " + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return block;
}

}  // namespace

EventValues event_values(Recipe& recipe) {
  EventValues values;
  for (const Node& block : node_of(recipe).children) {
    constexpr std::string_view deciding[] = {"task",         "seed",      "data",         "architecture",
                                             "loss",         "optimizer", "lr_scheduler", "regularization",
                                             "augmentation", "sampler",   "trainer",      "hardware"};
    if (std::find(std::begin(deciding), std::end(deciding), block.key) != std::end(deciding))
      add_event_values(block, block.key, values);
  }
  return values;
}

TensorBoard::TensorBoard(const std::string& run_folder, Recipe& recipe, const std::string& recipe_text, int64_t from)
    : path_(next_file(run_folder)), later_(take_results_back(run_folder)), file_(path_, unix_time()) {
  if (later_) file_.goes_on(unix_time(), from);
  if (later_ && from > 0) return;
  EventSummary summary;
  summary.text("recipe", code_block(recipe_text));
  summary.session_start(unix_time(), event_values(recipe));
  file_.summary(unix_time(), 0, summary.take());
}

void TensorBoard::record(const Json& record) {
  EventSummary summary;
  const Json numbers = event_numbers(record);
  for (const auto& [name, value] : numbers.items()) summary.scalar(name, event_number(value));
  if (summary.empty()) return;
  (record.at("event") == "test" ? result() : file_)
      .summary(unix_time(), record.at("step").get<int64_t>(), summary.take());
}

void TensorBoard::picture(int64_t step, const std::string& png_file) {
  EventSummary summary;
  summary.picture("samples", read_text(png_file));
  file_.summary(unix_time(), step, summary.take());
}

void TensorBoard::histograms(int64_t step, const std::vector<NamedTensor>& parameters) {
  EventSummary summary;
  for (const NamedTensor& parameter : parameters) summary.histogram("parameters/" + parameter.name, *parameter.tensor);
  if (!summary.empty()) file_.summary(unix_time(), step, summary.take());
}

void TensorBoard::end(int64_t step) {
  EventSummary summary;
  summary.session_end(unix_time());
  result().summary(unix_time(), step, summary.take());
}

EventFile& TensorBoard::result() {
  if (!result_) result_.emplace(path_ + result_ending, unix_time());
  return *result_;
}

}  // namespace dlrun
