// How each class is recognised.

#include "report/class_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/markup.h"
#include "base/units.h"
#include "eval/result_table.h"

namespace dlrun {
namespace {

constexpr size_t most_drawn = 40;  // classes of a drawing that a screen can hold

double share(double part, double whole) { return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN(); }

std::string percent(double value) { return std::isnan(value) ? "&ndash;" : fmt::format("{:.1f} %", 100 * value); }

// The drawing as a part of a page: without the line that makes it a file.
std::string drawing(const ResultTable& confusion) {
  const std::string svg = table_svg(confusion);
  return "<div class=\"scroll matrix\">" + svg.substr(svg.find("<svg")) + "</div>\n";
}

}  // namespace

std::vector<ClassScores> scores_of_classes(const ResultTable& confusion) {
  const size_t count = confusion.rows.size();
  std::vector<ClassScores> classes;
  for (size_t k = 0; k < count; ++k) {
    ClassScores scores{.name = confusion.rows[k]};
    double predicted = 0.0, most = 0.0;
    for (size_t other = 0; other < count; ++other) {
      scores.samples += confusion.cells[k * count + other];
      predicted += confusion.cells[other * count + k];
      if (other == k || confusion.cells[k * count + other] <= most) continue;
      most = confusion.cells[k * count + other];
      scores.taken_for = confusion.rows[other];
    }
    const double right = confusion.cells[k * count + k];
    scores.precision = share(right, predicted);
    scores.recall = share(right, scores.samples);
    scores.f1 = share(2 * right, predicted + scores.samples);
    classes.push_back(std::move(scores));
  }
  return classes;
}

std::string class_section(const ResultTable& confusion, const std::string& of) {
  std::vector<ClassScores> classes = scores_of_classes(confusion);
  std::stable_sort(classes.begin(), classes.end(), [](const ClassScores& a, const ClassScores& b) {
    return (std::isnan(a.f1) ? 2.0 : a.f1) < (std::isnan(b.f1) ? 2.0 : b.f1);
  });
  std::string html = fmt::format(
      "<h2>Classes</h2>\n<p class=\"soft\">{}; the worst first.</p>\n"
      "<div class=\"scroll\"><table><tr><th>class</th><th>samples</th><th>precision</th><th>recall</th><th>F1</th>"
      "<th>most often taken for</th></tr>\n",
      escaped(of));
  for (const ClassScores& one : classes)
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        escaped(one.name), count_text(static_cast<int64_t>(one.samples)), percent(one.precision),
                        percent(one.recall), percent(one.f1), escaped(one.taken_for));
  html += "</table></div>\n";
  return classes.size() > most_drawn ? html : html + drawing(confusion);
}

}  // namespace dlrun
