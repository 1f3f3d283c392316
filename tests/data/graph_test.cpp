// Graph reader: Cora, small graphs worked out by hand, and tables that are no graph.

#include <catch2/catch.hpp>

#include "data/components.h"
#include "data/row_names.h"

namespace dlrun::graph_test {
namespace {

using nlohmann::json;

const std::string good_nodes =
    "node_id,label,split,features\n"
    "a,x,train,0 2\n"
    "b,y,val,1\n"
    "c,x,test,\n"
    "d,,none,0 1 2\n";
const std::string good_edges = "source,target\na,b\nc,a\nb,a\nd,d\n";

struct Files {
  test::TempDir dir;
  json recipe;
  Files(const std::string& nodes, const std::string& edges)
      : recipe({{"nodes", dir.write("n.csv", nodes)}, {"edges", dir.write("e.csv", edges)}}) {}
  Splits open(bool classification = true) const {
    return test::dataset("graph", recipe)->open({.classification = classification});
  }
};

Batch graph(const Split& split) { return split.gather(std::vector<int64_t>{0}); }

}  // namespace

TEST_CASE("graph reads Cora") {
  auto folder = test::real_data("cora");
  if (folder.empty()) return;
  auto dataset = test::dataset("graph", {{"nodes", (folder / "cora.nodes.csv").string()},
                                         {"edges", (folder / "cora.edges.csv").string()},
                                         {"normalize_features", true}});
  Splits splits = dataset->open({.classification = true});
  const Batch train = graph(*splits.train), val = graph(*splits.val), test_batch = graph(*splits.test);
  CHECK(train.count == 140);
  CHECK(val.count == 500);
  CHECK(test_batch.count == 1000);
  CHECK(splits.train->size() == 1);
  CHECK(train["input"].sizes() == at::IntArrayRef({2708, 1433}));
  CHECK(train["edge_index"].sizes() == at::IntArrayRef({2, 2 * 5278}));
  CHECK(splits.info.classes().size() == 7);
  CHECK(splits.info.input().sizes == std::vector<int64_t>{1433});
  const at::Tensor chosen = train["target"].index({train["mask"]});
  CHECK(at::bincount(chosen).eq(20).all().item<bool>());  // 20 of each class
  CHECK((train["input"].sum(1) - 1).abs().max().item<float>() < 1e-5f);
  CHECK((train["mask"].logical_and(val["mask"])).sum().item<int64_t>() == 0);
  // Both directions of every edge are there.
  const at::Tensor code = train["edge_index"][0] * 2708 + train["edge_index"][1];
  const at::Tensor back = train["edge_index"][1] * 2708 + train["edge_index"][0];
  CHECK(std::get<0>(code.sort()).equal(std::get<0>(back.sort())));
  // Splits share the tensors.
  CHECK(train["input"].data_ptr() == test_batch["input"].data_ptr());
  CHECK(graph(*splits.train)["edge_index"].data_ptr() == train["edge_index"].data_ptr());
  auto inputs = dataset->open_inputs({(folder / "cora.nodes.csv").string(), (folder / "cora.edges.csv").string()},
                                     {.fitted = splits.info.fitted});
  CHECK(graph(*inputs)["input"].equal(train["input"]));
  CHECK(!graph(*inputs).has("target"));
}

TEST_CASE("graph builds a small graph as worked out by hand") {
  Files files(good_nodes, good_edges);
  Splits splits = files.open();
  const Batch batch = graph(*splits.train);
  CHECK(splits.info.classes() == std::vector<std::string>{"x", "y"});
  CHECK(test::list(batch["input"].flatten()) == std::vector<int64_t>{1, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1});
  CHECK(test::list(batch["target"]) == std::vector<int64_t>{0, 1, 0, 0});
  // a-b was given twice; d-d stays one.
  CHECK(test::list(batch["edge_index"].flatten()) == std::vector<int64_t>{0, 0, 1, 2, 3, 1, 2, 0, 0, 3});
  CHECK(test::list(batch["mask"]) == std::vector<int64_t>{1, 0, 0, 0});
  CHECK(test::list(graph(*splits.test)["mask"]) == std::vector<int64_t>{0, 0, 1, 0});
  files.recipe["directed"] = true;
  CHECK(test::list(graph(*files.open().train)["edge_index"].flatten()) == std::vector<int64_t>{0, 1, 2, 3, 1, 0, 0, 3});
  files.recipe["normalize_features"] = true;
  CHECK(test::reals(graph(*files.open().train)["input"][3])[0] == Approx(1.0 / 3));

  Files numbers("node_id,label,split,p,q\n0,1.5,train,0.5,2\n1,2.5,test,-1,3\n", "source,target\n0,1\n");
  numbers.recipe["feature_columns"] = {"q", "p"};
  const Batch real = graph(*numbers.open(false).train);
  CHECK(test::reals(real["input"].flatten()) == std::vector<double>{2, 0.5, 3, -1});
  CHECK(test::reals(real["target"].flatten()) == std::vector<double>{1.5, 2.5});
}

TEST_CASE("graph divides features by their sum, whatever it is, and leaves what sums to nothing") {
  Files files(
      "node_id,label,split,p,q,r\n"
      "small,x,train,0.1,0.2,0.1\nlarge,y,train,300,100,0\nnegative,x,train,-3,1,0\nnothing,y,train,0,0,0\n"
      "cancels,x,train,2,-1,-1\none,x,train,0.25,0.5,0.25\n",
      "source,target\nsmall,large\n");
  files.recipe["feature_columns"] = {"p", "q", "r"};
  files.recipe["normalize_features"] = true;
  const at::Tensor rows = graph(*files.open().train)["input"];
  const double expected[6][3] = {{0.25, 0.5, 0.25}, {0.75, 0.25, 0}, {1.5, -0.5, 0},
                                 {0, 0, 0},         {2, -1, -1},     {0.25, 0.5, 0.25}};
  for (int64_t row = 0; row < 6; ++row)
    for (int64_t column = 0; column < 3; ++column)
      CHECK(rows[row][column].item<double>() == Approx(expected[row][column]).margin(1e-7));
}

TEST_CASE("graph reads the weights of edges") {
  const std::string weighted = "source,target,km,note\na,b,2.5,x\nc,a,0,y\nb,a,2.5,again\nd,d,3,loop\n";
  Files files(good_nodes, weighted);
  CHECK_FALSE(graph(*files.open().train).has("edge_weight"));
  CHECK(files.open().info.find("edge_weight") == nullptr);
  files.recipe["weight_column"] = "km";
  const Splits splits = files.open();
  const Batch batch = graph(*splits.train);
  CHECK(test::list(batch["edge_index"].flatten()) == std::vector<int64_t>{0, 0, 1, 2, 3, 1, 2, 0, 0, 3});
  CHECK(test::reals(batch["edge_weight"]) == std::vector<double>{2.5, 0, 2.5, 0, 3});
  REQUIRE(splits.info.find("edge_weight"));
  CHECK(splits.info.find("edge_weight")->rows == Rows::whole);
  const auto inputs = test::dataset("graph", files.recipe)
                          ->open_inputs({files.recipe["nodes"], files.recipe["edges"]}, {.fitted = splits.info.fitted});
  CHECK(graph(*inputs)["edge_weight"].equal(batch["edge_weight"]));
  files.recipe["directed"] = true;
  CHECK(test::reals(graph(*files.open().train)["edge_weight"]) == std::vector<double>{2.5, 2.5, 0, 3});

  const std::pair<std::string, const char*> cases[] = {
      {"a,b,1\nb,a,2\n", "line 3: the edge from 'b' to 'a' has the weight 2, but 1 in line 2; an edge has one weight"},
      {"a,b,-1\n", "line 2: column 'km': a weight is at least 0, got -1"},
      {"a,b,\n", "line 2: column 'km': expected a finite number, got ''"},
      {"a,b,inf\n", "line 2: column 'km': expected a finite number, got 'inf'"},
  };
  for (const auto& [rows, message] : cases) {
    Files wrong(good_nodes, "source,target,km\n" + rows);
    wrong.recipe["weight_column"] = "km";
    test::check_error([&] { wrong.open(); }, ExitCode::bad_data, message);
  }
  files.recipe["weight_column"] = "miles";
  test::check_error([&] { files.open(); }, ExitCode::bad_data, "e.csv: has no column 'miles'");
}

TEST_CASE("a graph knows what its nodes are called") {
  const Files files(good_nodes, good_edges);
  const Splits splits = files.open();
  const auto* names = dynamic_cast<const RowNames*>(splits.test.get());
  REQUIRE(names);
  CHECK(names->row_name(0) == "a");
  CHECK(names->row_name(3) == "d");
}

TEST_CASE("graph refuses tables that are no graph") {
  struct Case {
    std::string nodes, edges;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"", good_edges, "n.csv: is empty"},
      {good_nodes, "", "e.csv: is empty"},
      {good_nodes, "source,target\na,z\n", "e.csv: line 2: node 'z' is not among the nodes"},
      {good_nodes, "from,to\na,b\n", "e.csv: has no column 'source'"},
      {good_nodes + "a,x,train,0\n", good_edges, "n.csv: line 6: node 'a' was there before"},
      {good_nodes + "e,x,train,0 x\n", good_edges, "n.csv: line 6: expected numbers of features"},
      {good_nodes + "e,x,train,-1\n", good_edges, "n.csv: line 6: expected numbers of features"},
      {good_nodes + "e,x,train,999999999999\n", good_edges, "1000000000000 features would take"},
      {good_nodes + "e,,train,0\n", good_edges, "n.csv: line 6: the label is missing"},
      {good_nodes + "e,x,tarin,0\n", good_edges,
       "n.csv: line 6: column 'split': 'tarin' is none of train, val, test, "
       "none; did you mean 'train'?"},
      {good_nodes + "e,x,held out,0\n", good_edges, "data.unused_value names what stands for no split"},
      {good_nodes + "e,x,train\n", good_edges, "n.csv: line 6: has 3 cells"},
      {"node_id,label,split,features\na,x,val,0\n", "source,target\na,a\n", "no node has 'train' in column 'split'"},
  };
  for (const Case& c : cases) {
    INFO(c.message);
    test::check_error([&] { Files(c.nodes, c.edges).open(); }, ExitCode::bad_data, c.message);
  }
  Files few(good_nodes, good_edges);
  few.recipe["features"] = 2;
  test::check_error([&] { few.open(); }, ExitCode::bad_data, "line 2: feature 2 is outside the 2 features");
  few.recipe["nodes"] = few.dir / "none";
  test::check_error([&] { few.open(); }, ExitCode::no_input, "none: no such file");
  Files unused(good_nodes + "e,x,,0\nf,x,held out,0\n", good_edges);
  unused.recipe["unused_value"] = "held out";
  test::check_error([&] { unused.open(); }, ExitCode::bad_data, "line 5: column 'split': 'none' is none of");
  unused.recipe["nodes"] =
      unused.dir.write("n.csv", "node_id,label,split,features\na,x,train,0\nb,y,,0\nc,y,held out,0\n");
  unused.recipe["edges"] = unused.dir.write("e.csv", "source,target\na,b\n");
  CHECK(graph(*unused.open().train).count == 1);
  Files words("node_id,label,split,features\na,x,train,0\n", "source,target\na,a\n");
  test::check_error([&] { words.open(false); }, ExitCode::bad_data, "column 'label': expected a finite number");
}

}  // namespace dlrun::graph_test
