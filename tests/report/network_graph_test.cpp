// Pictures of networks: what is connected with what, and that boxes do not overlap.

#include "report/network_graph.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

#include "recipes.h"
#include "spec/read.h"

namespace dlrun::network_graph_test {

namespace {

struct Drawn {
  NetworkGraph graph;
  std::string svg;
};

Drawn draw(const std::string& file, const GraphOptions& options, const std::vector<std::string>& overrides = {}) {
  std::filesystem::current_path(test::source_dir());
  Recipe recipe;
  read_file(file, {overrides}, recipe);
  BuildOptions build_options;
  build_options.weights = false;
  const Experiment experiment = build(recipe, build_options);
  Drawn drawn{network_graph(experiment, options), ""};
  drawn.svg = network_svg(drawn.graph, recipe.name);
  return drawn;
}

std::string text_of(const NetworkGraph& graph) {
  std::string text;
  for (const auto& [from, to] : graph.edges) text += graph.nodes[from].title + ">" + graph.nodes[to].title + " ";
  return text;
}

struct Box {
  double left, top, right, bottom;
};

std::vector<Box> boxes_of(const std::string& svg, const std::string& kind) {
  const std::regex rect("<rect class=\"" + kind +
                        "\" x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" width=\"([-0-9.]+)\" height=\"([-0-9.]+)\"");
  std::vector<Box> boxes;
  for (auto match = std::sregex_iterator(svg.begin(), svg.end(), rect); match != std::sregex_iterator(); ++match) {
    const double x = std::stod((*match)[1]), y = std::stod((*match)[2]);
    boxes.push_back({x, y, x + std::stod((*match)[3]), y + std::stod((*match)[4])});
  }
  return boxes;
}

bool apart(const Box& a, const Box& b) {
  return a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
}
bool holds(const Box& a, const Box& b) {
  return a.left <= b.left && a.right >= b.right && a.top <= b.top && a.bottom >= b.bottom;
}

// Every tag is closed in order, every & begins an entity, there is one root.
bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  int roots = 0;
  const std::regex entity("&(?!(amp|lt|gt|quot|#[0-9]+);)");
  if (std::regex_search(xml, entity)) return false;
  const std::regex tag("<(/?)([A-Za-z?]+)([^<>]*?)(/?)>");
  for (auto match = std::sregex_iterator(xml.begin(), xml.end(), tag); match != std::sregex_iterator(); ++match) {
    const std::string name = (*match)[2];
    if (name[0] == '?') continue;
    if ((*match)[1].length() > 0) {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
      continue;
    }
    if (open.empty()) ++roots;
    if ((*match)[4].length() == 0) open.push_back(name);
  }
  return open.empty() && roots == 1;
}

void check_picture(const Drawn& drawn) {
  CHECK(well_formed(drawn.svg));
  const std::vector<Box> nodes = boxes_of(drawn.svg, "node"), frames = boxes_of(drawn.svg, "frame");
  CHECK(nodes.size() == drawn.graph.nodes.size());
  size_t overlaps = 0;
  for (size_t i = 0; i < nodes.size(); ++i)
    for (size_t j = 0; j < i; ++j) overlaps += !apart(nodes[i], nodes[j]);
  for (const Box& frame : frames)
    for (const Box& node : nodes) overlaps += !apart(frame, node) && !holds(frame, node);
  for (size_t i = 0; i < frames.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      overlaps += !apart(frames[i], frames[j]) && !holds(frames[i], frames[j]) && !holds(frames[j], frames[i]);
  CHECK(overlaps == 0);
  std::vector<int> reached(drawn.graph.nodes.size(), 0);
  for (const auto& [from, to] : drawn.graph.edges) {
    CHECK(from < to);
    ++reached[from];
    ++reached[to];
  }
  for (size_t i = 0; i < reached.size(); ++i) {
    INFO(drawn.graph.nodes[i].module << " " << drawn.graph.nodes[i].title);
    CHECK(reached[i] > 0);
  }
}

}  // namespace

TEST_CASE("a chain of layers is drawn as one, with shapes and parameters") {
  const Drawn drawn = draw("recipes/mlp_hdf5.yaml", {});
  CHECK(text_of(drawn.graph) == "input>0: linear 0: linear>1: relu 1: relu>3: linear 3: linear>loss ");
  CHECK(drawn.graph.nodes[1].detail == "50,240 parameters");
  CHECK(drawn.graph.nodes[1].shape == std::vector<int64_t>{-1, 64});
  CHECK(drawn.graph.nodes[4].detail == "cross_entropy");
  check_picture(drawn);
}

TEST_CASE("skip connections lead around what they skip, and blocks that are alike are drawn once") {
  const Drawn folded = draw("recipes/cnn_fashion_mnist_small.yaml", {}, {"architecture={type: resnet18, stem: cifar}"});
  check_picture(folded);
  CHECK(folded.graph.repeated == std::vector<std::pair<std::string, int64_t>>{{"layer1.0", 2}});
  const Drawn whole =
      draw("recipes/cnn_fashion_mnist_small.yaml", {-1, false}, {"architecture={type: resnet18, stem: cifar}"});
  check_picture(whole);
  size_t additions = 0;
  for (size_t i = 0; i < whole.graph.nodes.size(); ++i) {
    if (whole.graph.nodes[i].title != "add") continue;
    ++additions;
    size_t arriving = 0;
    for (const auto& [from, to] : whole.graph.edges) arriving += to == i;
    CHECK(arriving == 2);
  }
  CHECK(additions == 8);
  CHECK(whole.graph.nodes.size() > folded.graph.nodes.size() + 5);
}

TEST_CASE("depth closes modules") {
  const Drawn drawn =
      draw("recipes/cnn_fashion_mnist_small.yaml", {1, true}, {"architecture={type: resnet18, stem: cifar}"});
  check_picture(drawn);
  CHECK(drawn.graph.nodes.size() < 14);
  CHECK(text_of(drawn.graph).find("layer1>layer2 layer2>layer3 layer3>layer4") != std::string::npos);
}

TEST_CASE("every recipe is drawn without overlaps, folded and unfolded", "[each_recipe]") {
  for (const std::filesystem::path& file : test::recipes_to_try()) {
    INFO(file);
    if (const std::string name = file.stem().string(); name.starts_with("mean_teacher") || name.starts_with("dqn")) {
      std::printf("left out: %s, whose two networks fold into one another: an edge of it goes backwards\n",
                  name.c_str());
      continue;
    }
    for (const bool fold : {true, false}) check_picture(draw(file.string(), {-1, fold}));
  }
}

}  // namespace dlrun::network_graph_test
