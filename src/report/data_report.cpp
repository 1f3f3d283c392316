// The findings of a data check as text, as JSON and as a page.

#include "report/data_report.h"

#include <fmt/format.h>

#include "audit/neighbours.h"
#include "base/error.h"
#include "base/log.h"
#include "base/markup.h"
#include "base/text.h"
#include "base/units.h"
#include "data/images.h"
#include "data/pixels.h"

namespace dlrun {
namespace {

constexpr size_t examples_in_text = 3;

std::string name_of(const SampleRef& sample) {
  return sample.label.empty() ? sample.name : fmt::format("{} ({})", sample.name, sample.label);
}

std::string example_text(const Example& example) {
  std::vector<std::string> names;
  for (const SampleRef& sample : example.samples) names.push_back(name_of(sample));
  const std::string text = join(names, "  ~  ");
  return example.detail.empty() ? text : text + ": " + example.detail;
}

// An <img> of a sample; empty where it is no picture.
std::string picture_html(const SampleRef& sample, const Splits& splits) {
  const std::shared_ptr<Split>& split = sample.split == "train" ? splits.train
                                        : sample.split == "val" ? splits.val
                                                                : splits.test;
  if (sample.index < 0 || !split || !has_pictures(*split)) return "";
  const at::Tensor picture = split->gather(std::span(&sample.index, 1))["input"][0];
  if (picture.size(0) != 1 && picture.size(0) != 3) return "";
  const at::Tensor bytes =
      picture.to(at::kFloat).mul(255.0 / white_of(picture.scalar_type())).round().to(at::kByte).contiguous();
  return fmt::format("<img alt=\"\" src=\"data:image/png;base64,{}\">", base64(encode_png(bytes)));
}

std::string example_html(const Example& example, const Splits& splits, bool& pictures) {
  std::string html = "<li>";
  for (const SampleRef& sample : example.samples) {
    std::string picture;
    try {
      if (pictures) picture = picture_html(sample, splits);
    } catch (const UserError& error) {
      pictures = false;
      log_warning(std::string("the report shows no pictures: ") + error.what());
    }
    const std::string split = sample.split.empty() ? "" : "<b>" + sample.split + "</b> ";
    html += fmt::format("<figure>{}<figcaption>{}{}{}</figcaption></figure>", picture, split, escaped(sample.name),
                        sample.label.empty() ? "" : "<br><i>" + escaped(sample.label) + "</i>");
  }
  if (!example.detail.empty()) html += "<p>" + escaped(example.detail) + "</p>";
  return html + "</li>\n";
}

// Counts of classes by split.
std::string counts_html(const nlohmann::ordered_json& counts) {
  std::string html = "<table><tr><th>class</th>";
  for (const auto& [split, of] : counts.items()) html += "<th>" + split + "</th>";
  html += "</tr>\n";
  for (const auto& [name, first] : counts.front().items()) {
    html += "<tr><td>" + escaped(name) + "</td>";
    for (const auto& [split, of] : counts.items()) html += "<td>" + count_text(of.at(name)) + "</td>";
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

constexpr const char* style = R"(
body { font: 15px/1.45 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222; }
section { border-left: .35em solid #999; padding: .1em 1em; margin: 1.2em 0; background: #f7f7f7; }
section.error { border-color: #c62828; } section.warning { border-color: #ef8f00; }
h2 { font-size: 1.05em; margin: .5em 0; } h2 small { color: #666; font-weight: normal; }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .8em; }
li { background: #fff; border: 1px solid #ddd; padding: .5em; max-width: 32em; }
figure { display: inline-block; margin: 0 .5em 0 0; vertical-align: top; max-width: 14em; }
img { height: 112px; image-rendering: pixelated; }
figcaption, li p { font-size: .8em; overflow-wrap: anywhere; margin: .2em 0; }
td, th { padding: .1em .8em; text-align: right; } td:first-child, th:first-child { text-align: left; }
)";

}  // namespace

std::string gravity_text(Gravity gravity) {
  return gravity == Gravity::error ? "error" : gravity == Gravity::warning ? "warning" : "note";
}

std::string finding_text(const DataFinding& finding, const Terminal& terminal) {
  const Style color = finding.gravity == Gravity::error     ? Style::red
                      : finding.gravity == Gravity::warning ? Style::yellow
                                                            : Style::dim;
  std::string text = styled(terminal, color, fmt::format("{:<8}", gravity_text(finding.gravity))) + finding.name + "\n";
  text += "  " + wrap("  " + visible(finding.what) + ".", terminal.width - 2, 4).substr(2) + "\n";
  for (size_t i = 0; i < std::min(examples_in_text, finding.examples.size()); ++i)
    text += "      " + visible(example_text(finding.examples[i]), /*lines=*/false) + "\n";
  const int64_t more = static_cast<int64_t>(finding.examples.size()) - static_cast<int64_t>(examples_in_text);
  if (more > 0) text += "      ... " + std::to_string(more) + " more examples in the report\n";
  if (!finding.advice.empty()) text += "  " + wrap("  " + finding.advice, terminal.width - 2, 4).substr(2) + "\n";
  return text;
}

nlohmann::ordered_json finding_json(const DataFinding& finding) {
  nlohmann::ordered_json json = {{"finding", finding.name}, {"gravity", gravity_text(finding.gravity)},
                                 {"what", finding.what},    {"advice", finding.advice},
                                 {"count", finding.count},  {"of", finding.of}};
  for (const auto& [key, value] : finding.numbers.items()) json[key] = value;
  json["examples"] = nlohmann::ordered_json::array();
  for (const Example& example : finding.examples) {
    nlohmann::ordered_json samples = nlohmann::ordered_json::array();
    for (const SampleRef& sample : example.samples) {
      nlohmann::ordered_json one = {{"split", sample.split}, {"name", sample.name}};
      if (sample.index >= 0) one["index"] = sample.index;
      if (!sample.label.empty()) one["label"] = sample.label;
      samples.push_back(std::move(one));
    }
    json["examples"].push_back({{"samples", samples}, {"detail", example.detail}});
  }
  return json;
}

std::string data_page(const std::string& title, const std::string& summary, const std::vector<DataFinding>& findings,
                      const Splits& splits) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title><style>{1}</style></head>\n"
      "<body><h1>{0}</h1>\n<p>{2}</p>\n",
      escaped(title), style, escaped(summary));
  bool pictures = true;
  for (const DataFinding& finding : findings) {
    html += fmt::format("<section class=\"{}\"><h2>{} <small>{}</small></h2>\n<p>{}</p>\n",
                        gravity_text(finding.gravity), escaped(finding.what), finding.name, escaped(finding.advice));
    if (finding.numbers.contains("counts")) html += counts_html(finding.numbers["counts"]);
    if (!finding.examples.empty()) html += "<ul>\n";
    for (const Example& example : finding.examples) html += example_html(example, splits, pictures);
    html += finding.examples.empty() ? "</section>\n" : "</ul></section>\n";
  }
  return html + "</body></html>\n";
}

}  // namespace dlrun
