// A network as an SVG picture.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/markup.h"
#include "report/layered.h"
#include "report/network_graph.h"

namespace dlrun {
namespace {

constexpr double letter = 7.2, small_letter = 6.2;  // widths of the average letter at 13 and 11 pixels
constexpr double margin = 24, heading_height = 40, frame_side = 10, frame_title = 20;

struct Look {
  const char *fill, *line;
};

Look look_of(GraphNode::Kind kind) {
  switch (kind) {
    case GraphNode::Kind::input:
      return {"#ffffff", "#475569"};
    case GraphNode::Kind::layer:
      return {"#dbeafe", "#2563eb"};
    case GraphNode::Kind::norm:
      return {"#dcfce7", "#16a34a"};
    case GraphNode::Kind::activation:
      return {"#ffedd5", "#ea580c"};
    case GraphNode::Kind::pooling:
      return {"#f3e8ff", "#9333ea"};
    case GraphNode::Kind::joining:
      return {"#fef9c3", "#ca8a04"};
    case GraphNode::Kind::loss:
      return {"#fee2e2", "#dc2626"};
    case GraphNode::Kind::other:
      break;
  }
  return {"#f1f5f9", "#64748b"};
}

std::string shape_of(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t size : shape)
    text += (text.empty() ? "" : " × ") + (size < 0 ? std::string("N") : std::to_string(size));
  return text;
}

double length(const std::string& text, double width) {
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  return static_cast<double>(letters) * width;
}

// A module around the nodes that ran in it.
struct Frame {
  std::string path, title;
  std::vector<size_t> members;
  size_t first_row = 0, last_row = 0;
  int depth = 0;
  double left = 0, top = 0, right = 0, bottom = 0;
};

// Modules that hold at least two nodes, outer ones first. "features.0" is the frame 0 in the frame features.
std::vector<Frame> frames_of(const NetworkGraph& graph, const std::vector<size_t>& rows) {
  std::map<std::string, Frame> found;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& path = graph.nodes[i].module;
    for (size_t end = path.find('.'); !path.empty(); end = path.find('.', end + 1)) {
      Frame& frame = found[path.substr(0, end)];
      frame.path = path.substr(0, end);
      frame.members.push_back(i);
      if (end == std::string::npos) break;
    }
  }
  std::vector<Frame> frames;
  for (auto& [path, frame] : found) {
    if (frame.members.size() < 2) continue;
    bool same = false;  // A module that holds another and nothing else would be a second line around it.
    for (Frame& other : frames)
      if (other.members == frame.members) {
        other.path = path;
        same = true;
      }
    if (same) continue;
    frame.first_row = frame.last_row = rows[frame.members.front()];
    for (const size_t member : frame.members) {
      frame.first_row = std::min(frame.first_row, rows[member]);
      frame.last_row = std::max(frame.last_row, rows[member]);
    }
    frames.push_back(std::move(frame));
  }
  for (Frame& frame : frames) {
    frame.title = frame.path;
    for (const Frame& outer : frames)
      if (frame.path.starts_with(outer.path + ".")) {
        ++frame.depth;
        frame.title = frame.path.substr(outer.path.size() + 1);
      }
    for (const auto& [module, count] : graph.repeated)
      if (frame.path == module || frame.path.starts_with(module + ".")) {
        if (frame.path == module) frame.title += fmt::format(", {} times", count);
      }
  }
  std::stable_sort(frames.begin(), frames.end(), [](const Frame& a, const Frame& b) { return a.depth < b.depth; });
  return frames;
}

// Room for titles of frames that begin above a row and for the borders of those that ended.
std::vector<double> space_for(const std::vector<Frame>& frames, size_t rows) {
  std::vector<double> space(rows + 1, 0);
  for (size_t row = 0; row < rows; ++row) {
    std::map<int, int> opened, closed;
    for (const Frame& frame : frames) {
      if (frame.first_row == row) opened[frame.depth] = 1;
      if (row > 0 && frame.last_row + 1 == row) closed[frame.depth] = 1;
    }
    space[row] = frame_title * static_cast<double>(opened.size()) + frame_side * static_cast<double>(closed.size());
  }
  return space;
}

// Frames grow around their members and the frames inside; one that would cover a stranger is not drawn.
void place(std::vector<Frame>& frames, const LayeredGraph& boxes, const LayeredDrawing& drawing) {
  for (size_t k = frames.size(); k-- > 0;) {
    Frame& frame = frames[k];
    frame.left = frame.top = 1e18;
    frame.right = frame.bottom = -1e18;
    const auto cover = [&](double left, double top, double right, double bottom) {
      frame.left = std::min(frame.left, left);
      frame.top = std::min(frame.top, top);
      frame.right = std::max(frame.right, right);
      frame.bottom = std::max(frame.bottom, bottom);
    };
    for (const size_t i : frame.members) {
      const Point at = drawing.centres[i];
      cover(at.x - boxes.nodes[i].width / 2, at.y - boxes.nodes[i].height / 2, at.x + boxes.nodes[i].width / 2,
            at.y + boxes.nodes[i].height / 2);
    }
    for (size_t inner = k + 1; inner < frames.size(); ++inner)
      if (frames[inner].right > frames[inner].left && frames[inner].path.starts_with(frame.path + "."))
        cover(frames[inner].left, frames[inner].top, frames[inner].right, frames[inner].bottom);
    frame.left -= frame_side;
    frame.top -= frame_title;
    frame.right = std::max(frame.right + frame_side, frame.left + 2 * frame_side + length(frame.title, small_letter));
    frame.bottom += frame_side;
    bool clear = true;
    for (size_t i = 0; i < boxes.nodes.size(); ++i) {
      if (std::find(frame.members.begin(), frame.members.end(), i) != frame.members.end()) continue;
      const Point at = drawing.centres[i];
      clear =
          clear && (at.x + boxes.nodes[i].width / 2 <= frame.left || at.x - boxes.nodes[i].width / 2 >= frame.right ||
                    at.y + boxes.nodes[i].height / 2 <= frame.top || at.y - boxes.nodes[i].height / 2 >= frame.bottom);
    }
    for (size_t other = k + 1; other < frames.size(); ++other)
      if (frames[other].right > frames[other].left && !frames[other].path.starts_with(frame.path + "."))
        clear = clear && (frames[other].right <= frame.left || frames[other].left >= frame.right ||
                          frames[other].bottom <= frame.top || frames[other].top >= frame.bottom);
    if (!clear) frame.right = frame.left;  // nothing to draw
  }
}

// A line through the points that leaves and arrives vertically.
std::string path_of(const std::vector<Point>& points) {
  std::string path = fmt::format("M{:.1f},{:.1f}", points[0].x, points[0].y);
  for (size_t i = 1; i < points.size(); ++i) {
    const Point a = points[i - 1], b = points[i];
    const double bend = (b.y - a.y) / 2;
    if (std::abs(a.x - b.x) < 0.5)
      path += fmt::format(" L{:.1f},{:.1f}", b.x, b.y);
    else
      path += fmt::format(" C{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}", a.x, a.y + bend, b.x, b.y - bend, b.x, b.y);
  }
  return path;
}

}  // namespace

std::string network_svg(const NetworkGraph& graph, const std::string& title) {
  LayeredGraph boxes;
  boxes.edges = graph.edges;
  for (const GraphNode& node : graph.nodes) {
    const double text = std::max(length(node.title, letter), length(node.detail, small_letter));
    boxes.nodes.push_back(
        {std::max({64.0, text + 20, length(shape_of(node.shape), small_letter)}), node.detail.empty() ? 26.0 : 40.0});
  }
  const std::vector<size_t> rows = rows_of(boxes);
  std::vector<Frame> frames = frames_of(graph, rows);
  const size_t count = rows.empty() ? 0 : *std::max_element(rows.begin(), rows.end()) + 1;
  LayeredDrawing drawing = lay_out(boxes, space_for(frames, count));
  place(frames, boxes, drawing);
  double left = 0, right = std::max(drawing.width, length(title, 10.5)), bottom = drawing.height;
  for (const Frame& frame : frames) {
    left = std::min(left, frame.left);
    right = std::max(right, frame.right);
    bottom = std::max(bottom, frame.bottom);
  }

  const double width = right - left + 2 * margin, height = bottom + heading_height + 2 * margin;
  std::string svg = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" "
      "font-size=\"11\">\n<title>{2}</title>\n<defs><marker id=\"arrow\" markerWidth=\"8\" markerHeight=\"8\" "
      "refX=\"7\" "
      "refY=\"3.5\" orient=\"auto\"><path d=\"M0,0 L7,3.5 L0,7 z\" fill=\"#64748b\"/></marker></defs>\n<rect "
      "width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"{3:.0f}\" y=\"{4:.0f}\" font-size=\"16\" "
      "font-weight=\"bold\" fill=\"#0f172a\">{2}</text>\n<g transform=\"translate({5:.1f},{6:.1f})\">\n",
      width, height, escaped(title), margin, margin + 12, margin - left, margin + heading_height);
  for (const Frame& frame : frames) {
    if (frame.right <= frame.left) continue;
    svg += fmt::format(
        "<rect class=\"frame\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"8\" fill=\"#64748b\" "
        "fill-opacity=\"0.06\" stroke=\"#94a3b8\" stroke-dasharray=\"4 3\"/>\n",
        frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  }
  for (const auto& route : drawing.routes)
    svg += fmt::format(
        "<path d=\"{}\" fill=\"none\" stroke=\"#64748b\" stroke-width=\"1.3\" marker-end=\"url(#arrow)\"/>\n",
        path_of(route));
  for (const Frame& frame : frames)  // above the lines, in a white outline
    if (frame.right > frame.left)
      svg += fmt::format(
          "<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"#475569\" stroke=\"#ffffff\" stroke-width=\"3\" "
          "paint-order=\"stroke\">{}</text>\n",
          frame.left + 8, frame.top + 14, escaped(frame.title));
  std::vector<bool> leads(graph.nodes.size(), false);
  for (const auto& [from, to] : graph.edges) leads[from] = true;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const GraphNode& node = graph.nodes[i];
    const Look look = look_of(node.kind);
    const Point at = drawing.centres[i];
    const double box = boxes.nodes[i].width, tall = boxes.nodes[i].height;
    const bool ends = node.kind == GraphNode::Kind::input || node.kind == GraphNode::Kind::loss;
    svg += fmt::format(
        "<rect class=\"node\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"{}\" "
        "stroke=\"{}\"/>\n<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"13\" text-anchor=\"middle\" "
        "fill=\"#0f172a\">{}</text>\n",
        at.x - box / 2, at.y - tall / 2, box, tall, ends ? 13 : 5, look.fill, look.line, at.x,
        at.y + (node.detail.empty() ? 4.5 : -3.5), escaped(node.title));
    if (!node.detail.empty())
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"#334155\">{}</text>\n", at.x,
                         at.y + 12.5, escaped(node.detail));
    const std::string shape = shape_of(node.shape);
    if (leads[i] && !shape.empty())
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"13\" fill=\"#ffffff\" "
          "fill-opacity=\"0.85\"/>\n<text "
          "x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"10\" text-anchor=\"middle\" fill=\"#475569\">{}</text>\n",
          at.x - length(shape, 5.8) / 2, at.y + tall / 2 + 4, length(shape, 5.8), at.x, at.y + tall / 2 + 14, shape);
  }
  return svg + "</g>\n</svg>\n";
}

}  // namespace dlrun
