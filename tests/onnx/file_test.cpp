// ONNX files: equal to the official package's in both directions, and no damaged or hostile file gets through.

#include "onnx/file.h"

#include <ATen/ATen.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "base/error.h"
#include "base/random.h"
#include "fake_files.h"
#include "onnx/wire_messages.h"
#include "support.h"

namespace dlrun::file_test {
namespace {

std::string golden(const std::string& name) { return test::source_dir() / "tests/golden/onnx" / (name + ".onnx"); }

OnnxModel read_bytes(std::string bytes, const std::string& path = "m.onnx") {
  auto owner = std::make_shared<std::string>(std::move(bytes));
  return read_onnx(FileBytes{owner, std::as_writable_bytes(std::span(owner->data(), owner->size()))}, path);
}

std::string written(const OnnxModel& model) {
  test::TempDir folder;
  write_onnx(model, folder / "m.onnx");
  return test::read_bytes(folder / "m.onnx");
}

std::string problem(std::string bytes, const std::string& path = "m.onnx") {
  try {
    read_bytes(std::move(bytes), path);
    return "accepted";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    const std::string text = error.what(), start = path + ": not a valid ONNX file: ";
    CHECK(text.starts_with(start));
    return text.substr(std::min(start.size(), text.size()));
  }
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         (a.nbytes() == 0 || std::memcmp(a.const_data_ptr(), b.const_data_ptr(), a.nbytes()) == 0);
}

TEST_CASE("tensors of every type are read, raw or as typed data") {
  for (const char* name : {"types_raw", "types_typed"}) {
    const OnnxModel model = read_onnx(golden(name));
    REQUIRE(model.graph.initializers.size() == 19);
    const std::pair<const char*, at::ScalarType> types[] = {
        {"FLOAT", at::kFloat},
        {"UINT8", at::kByte},
        {"INT8", at::kChar},
        {"UINT16", at::kUInt16},
        {"INT16", at::kShort},
        {"INT32", at::kInt},
        {"INT64", at::kLong},
        {"BOOL", at::kBool},
        {"FLOAT16", at::kHalf},
        {"DOUBLE", at::kDouble},
        {"UINT32", at::kUInt32},
        {"UINT64", at::kUInt64},
        {"COMPLEX64", at::kComplexFloat},
        {"COMPLEX128", at::kComplexDouble},
        {"BFLOAT16", at::kBFloat16},
        {"FLOAT8E4M3FN", at::kFloat8_e4m3fn},
        {"FLOAT8E4M3FNUZ", at::kFloat8_e4m3fnuz},
        {"FLOAT8E5M2", at::kFloat8_e5m2},
        {"FLOAT8E5M2FNUZ", at::kFloat8_e5m2fnuz},
    };
    const at::Tensor counting = at::arange(6, at::kLong).reshape({2, 3});
    for (size_t i = 0; i < std::size(types); ++i) {
      const OnnxTensor& tensor = model.graph.initializers[i];
      INFO(name << " " << types[i].first);
      CHECK(tensor.name == types[i].first);
      const at::Tensor expected = types[i].second == at::kBool ? counting % 2 : counting;
      CHECK(same(tensor.value, expected.to(types[i].second)));
    }
  }
}

TEST_CASE("every part of a model is kept") {
  const OnnxModel model = read_onnx(golden("everything"));
  CHECK(model.ir_version == 9);
  CHECK(model.producer_name == "dlrun");
  CHECK(model.producer_version == "0.1.0");
  CHECK(model.opsets == std::map<std::string, int64_t>{{"", 17}, {"com.example", 3}});
  CHECK(model.metadata ==
        std::vector<std::pair<std::string, std::string>>{{"classes", "[\"cat\",\"dog\"]"}, {"recipe", ""}});
  const OnnxGraph& graph = model.graph;
  CHECK(graph.name == "everything");
  REQUIRE(graph.inputs.size() == 2);
  CHECK(graph.inputs[0].name == "x");
  CHECK(graph.inputs[0].type == at::kFloat);
  CHECK((graph.inputs[0].shape == std::vector<OnnxDimension>{"batch", 3}));
  CHECK(graph.inputs[1].type == at::kBool);
  CHECK((graph.inputs[1].has_shape && graph.inputs[1].shape.empty()));
  CHECK(graph.outputs.at(0).type == at::kBFloat16);
  CHECK((graph.outputs.at(0).shape == std::vector<OnnxDimension>{1, "", "length"}));
  CHECK(same(graph.initializers.at(0).value, at::arange(6, at::kFloat).reshape({2, 3})));
  CHECK(same(graph.initializers.at(1).value, at::empty({0, 4})));

  REQUIRE(graph.nodes.size() == 2);
  const OnnxNode& choose = graph.nodes[0];
  REQUIRE(choose.attributes.size() == 2);
  const auto& other = *std::get<std::shared_ptr<OnnxGraph>>(choose.attributes[0].second);
  CHECK(choose.attributes[0].first == "else_branch");
  CHECK(other.nodes.at(0).op == "Add");
  CHECK_FALSE(other.outputs.at(0).has_shape);
  CHECK(other.initializers.at(0).value.item<float>() == 2);

  const OnnxNode& custom = graph.nodes[1];
  CHECK(custom.op == "Anything");
  CHECK(custom.domain == "com.example");
  CHECK(custom.name == "/custom/Anything");
  CHECK(custom.inputs == std::vector<std::string>{"chosen", "", "weight"});
  CHECK(custom.outputs == std::vector<std::string>{"", "out"});
  REQUIRE(custom.attributes.size() == 8);
  auto value = [&](size_t i) -> const OnnxAttributeValue& { return custom.attributes[i].second; };
  CHECK(std::get<float>(value(0)) == -1.5f);
  CHECK(std::get<int64_t>(value(1)) == -2);
  CHECK(std::get<std::string>(value(2)) == "größe");
  CHECK(std::get<at::Tensor>(value(3)).item<int64_t>() == 7);
  CHECK(std::get<std::vector<float>>(value(4)) == std::vector<float>{1, -0.5});
  CHECK(std::get<std::vector<int64_t>>(value(5)) == std::vector<int64_t>{1, -1, int64_t{1} << 40});
  CHECK(std::get<std::vector<std::string>>(value(6)) == std::vector<std::string>{"a", ""});
  CHECK(std::get<std::vector<int64_t>>(value(7)).empty());
}

TEST_CASE("what is written equals the official package's file byte for byte") {
  for (const char* name : {"everything", "types_raw"}) {
    INFO(name);
    CHECK(written(read_onnx(golden(name))) == test::read_bytes(golden(name)));
  }
}

TEST_CASE("what has no place in the model is read over") {
  const OnnxModel model = read_onnx(golden("ignored"));
  CHECK(model.graph.nodes.at(0).domain.empty());
  CHECK((model.graph.inputs.at(0).shape == std::vector<OnnxDimension>{"", 3}));
  const OnnxModel again = read_bytes(written(model));
  CHECK(again.graph.nodes.size() == 2);
  CHECK((again.graph.inputs.at(0).shape == model.graph.inputs.at(0).shape));
}

TEST_CASE("weights in a file beside the model are mapped, shared, and copied only where they are not aligned") {
  const OnnxModel model = read_onnx(golden("external"));
  const auto& tensors = model.graph.initializers;
  CHECK(same(tensors.at(0).value, at::arange(512, at::kFloat)));
  CHECK(same(tensors.at(1).value, at::arange(512, at::kFloat).reshape({2, 256})));
  CHECK(tensors.at(0).value.data_ptr() == tensors.at(1).value.data_ptr());
  CHECK(same(tensors.at(2).value, at::arange(5, at::kLong)));
}

OnnxModel with_weights() {
  OnnxModel model;
  model.graph.name = "weights";
  model.graph.initializers = {{"small", at::arange(10, at::kFloat)},
                              {"large", at::arange(1500, at::kFloat).reshape({3, 500})},
                              {"odd", at::arange(1025, at::kByte)},
                              {"wide", at::arange(400, at::kLong).reshape({20, 20}).t()}};
  model.graph.nodes = {{"Identity", "", "same", {"large"}, {"y"}, {}}};
  model.graph.outputs = {{"y", at::kFloat, {3, 500}}};
  return model;
}

TEST_CASE("weights above the limit go beside the model, page by page, and come back") {
  test::TempDir folder;
  write_onnx(with_weights(), folder / "m.onnx", {.external_above = 4096});
  CHECK(test::read_bytes(folder / "m.onnx").size() < 1000);
  CHECK(test::read_bytes(folder / "m.onnx.data").size() == 3 * 4096 + 3200);
  const OnnxModel model = read_onnx(folder / "m.onnx");
  const OnnxModel original = with_weights();
  for (size_t i = 0; i < original.graph.initializers.size(); ++i) {
    CHECK(same(model.graph.initializers.at(i).value, original.graph.initializers[i].value.contiguous()));
  }
  FileSystem::instance().remove(folder / "m.onnx.data");
  CHECK_THROWS_WITH(read_onnx(folder / "m.onnx"), Catch::Contains("m.onnx.data: no such file, but "
                                                                  "graph.initializer[1] 'large' has its data there"));
  write_onnx(with_weights(), folder / "m.onnx");
  CHECK_FALSE(FileSystem::instance().exists(folder / "m.onnx.data"));
}

TEST_CASE("whatever call fails and wherever a crash comes, there is the old model, the new one, or none") {
  OnnxModel old = with_weights();
  for (OnnxTensor& tensor : old.graph.initializers) tensor.value = at::zeros_like(tensor.value);
  for (const int64_t limit : {int64_t{4096}, int64_t{1} << 30}) {
    test::FakeFiles start;
    start.install();
    FileSystem::instance().create_folder("/f");
    write_onnx(old, "/f/m.onnx", {.external_above = limit});
    FileSystem::instance().sync_folder("/");
    int64_t calls = 0, failed = 0;
    for (int64_t at = 0; at <= calls; ++at) {
      test::FakeFiles files = start;
      files.install();
      files.fail_at = at;
      try {
        write_onnx(with_weights(), "/f/m.onnx", {.external_above = limit});
      } catch (const UserError& error) {
        CHECK(error.code() == ExitCode::io_error);
        ++failed;
      }
      calls = std::max(calls, files.calls);
      Random random(1, static_cast<uint32_t>(at));
      for (int round = 0; round < 20; ++round) {
        test::FakeFiles after = files.after_crash(test::FakeFiles::Crash::prefix, random);
        after.install();
        if (!after.exists("/f/m.onnx")) {
          CHECK(limit == 4096);
          continue;
        }
        const OnnxModel found = read_onnx("/f/m.onnx");
        const bool is_new = found.graph.initializers[0].value[9].item<float>() == 9;
        CHECK(found.graph.initializers[1].value[2][499].item<float>() == (is_new ? 1499 : 0));
        CHECK(found.graph.initializers[3].value[19][18].item<int64_t>() == (is_new ? 379 : 0));
      }
    }
    CHECK(failed >= 5);
  }
}

TEST_CASE("files that are missing, folders, or nothing") {
  test::TempDir folder;
  for (const std::string& path : {folder / "missing.onnx", folder.path().string()}) {
    try {
      read_onnx(path);
      FAIL();
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::no_input);
    }
  }
  CHECK(problem("") == "it is empty");
  CHECK(problem("PK\3\4 a zip") != "accepted");
  CHECK(problem("\x80\x02}q\x00.") != "accepted");
}

std::string float_tensor(const std::string& more) { return test::onnx_tensor("w", test::number(2, 1) + more); }

TEST_CASE("what is not a valid model is refused with the place and the reason") {
  using namespace test;
  const std::string relu = onnx_input("x") + onnx_node("Relu", "x", "y") + onnx_output("y");
  REQUIRE(problem(onnx_model(relu)) == "accepted");
  const std::string huge = varint(uint64_t{1} << 60);
  std::string deep = onnx_node("Relu", "x", "y");
  for (int i = 0; i < 60; ++i)
    deep = onnx_node("If", "x", "y", bytes(5, bytes(1, "g") + bytes(6, deep) + number(20, 5)));
  auto external = [](const std::string& location) {
    return float_tensor(number(1, 1) + bytes(13, bytes(1, "location") + bytes(2, location)) + number(14, 1));
  };
  const std::pair<std::string, std::string> table[] = {
      // The wire format.
      {"\x0a", "a length is cut short or longer than 64 bits"},
      {std::string(11, '\xff'), "a tag is cut short or longer than 64 bits"},
      {std::string("\x08") + std::string(10, '\xff'), "a number is cut short or longer than 64 bits"},
      {std::string("\x3a") + huge, "a value of 1152921504606846976 bytes where 0 are left"},
      {"\x0b", "field 1 has wire type 3: this is not an ONNX file, or it is damaged"},
      {"\x06", "field number 0 is none"},
      {bytes(1, "x"), "field 1 has wire type 2, expected 0"},
      {number(7, 1), "field 7 has wire type 0, expected 2"},
      {number(1, 8) + bytes(2, "\xff"), "field 2 is not valid UTF-8"},
      {onnx_model(bytes(1, bytes(1, "x").substr(0, 2))), "graph.node[0]: a value of 1 bytes where 0 are left"},
      // The model.
      {number(1, 8), "it holds no graph, or says no ir_version"},
      {bytes(7, relu), "it holds no graph, or says no ir_version"},
      {number(1, 99) + bytes(7, relu), "ir_version 99 is not among 3 to 14"},
      {number(1, 8) + bytes(7, relu), "it says no opset"},
      {onnx_model(relu, bytes(7, relu)), "it holds two graphs"},
      {onnx_model(relu, bytes(8, number(2, 13))), "opset_import[1]: domain '' stands there twice"},
      {onnx_model(relu, bytes(8, bytes(1, "ai.onnx") + number(2, 13))),
       "opset_import[1]: domain '' stands there twice"},
      {onnx_model(relu, bytes(8, bytes(1, "a"))), "opset_import[1]: opset 0 of domain 'a' is none"},
      {onnx_model(relu, bytes(25, "")), "functions are not supported"},
      {onnx_model(relu, bytes(20, "")), "training information is not supported"},
      {onnx_model(relu + bytes(15, "")), "graph: sparse tensors are not supported"},
      {onnx_model(relu + bytes(14, "")), "graph: quantization annotations are not supported"},
      // Names and order.
      {onnx_model(onnx_input("x") + onnx_input("x")), "graph.input: 'x' is the name of two values"},
      {onnx_model(onnx_input("")), "graph.input: a value without a name"},
      {onnx_model(float_tensor(bytes(9, "1234")) + float_tensor(bytes(9, "1234"))),
       "graph.initializer: 'w' is the name of two values"},
      {onnx_model(relu + onnx_node("Relu", "x", "y")), "graph.node[1] '' (Relu): 'y' is the name of two values"},
      {onnx_model(relu + onnx_node("Relu", "x", "x")), "graph.node[1] '' (Relu): 'x' is the name of two values"},
      {onnx_model(onnx_node("Relu", "y", "z") + relu),
       "graph.node[0] '' (Relu): takes 'y', which node[1] makes later: a cycle, or nodes out of order"},
      {onnx_model(onnx_node("Relu", "y", "y")),
       "graph.node[0] '' (Relu): takes 'y', which node[0] makes later: a cycle, or nodes out of order"},
      {onnx_model(onnx_node("Relu", "x", "y")), "graph.node[0] '' (Relu): takes 'x', which nothing makes"},
      {onnx_model(onnx_output("y")), "graph.output[0]: nothing makes 'y'"},
      {onnx_model(relu + onnx_output("y")), "graph.output[1]: 'y' is given twice"},
      {onnx_model(relu + onnx_node("", "x", "z")), "graph.node[1] '' (): it names no operator"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(7, "com.example"))),
       "graph.node[1] '' (F): the model says no opset for its domain 'com.example'"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(8, "v2"))), "graph.node[1] 'F': functions are not supported"},
      // Attributes.
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a")))),
       "graph.node[1] 'F'.attribute 'a': it holds nothing"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + number(20, 4)))),
       "graph.node[1] 'F'.attribute 'a': it holds nothing"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + number(20, 5)))),
       "graph.node[1] 'F'.attribute 'a': it holds nothing"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + number(20, 11)))),
       "graph.node[1] 'F'.attribute 'a': attributes of type SPARSE_TENSOR are not supported"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + number(20, 99)))),
       "graph.node[1] 'F'.attribute 'a': attributes of type 99 are not supported"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + bytes(21, "b")))),
       "graph.node[1] 'F'.attribute 'a': references to the attributes of a function are not supported"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + bytes(7, "123")))),
       "graph.node[1] 'F'.attribute 'a': its numbers are cut short"},
      {onnx_model(relu + onnx_node("F", "x", "z", bytes(5, bytes(1, "a") + bytes(8, "\x80")))),
       "graph.node[1] 'F'.attribute 'a': its numbers are cut short"},
      {onnx_model(relu + onnx_node("F", "x", "z",
                                   bytes(5, bytes(1, "a") + number(3, 1)) + bytes(5, bytes(1, "a") + number(3, 1)))),
       "graph.node[1] '' (F): attribute 'a' stands there twice"},
      {onnx_model(relu + onnx_node("If", "x", "z", bytes(5, bytes(1, "g") + bytes(6, onnx_node("Relu", "w", "v"))))),
       "graph.node[1].g.node[0] '' (Relu): takes 'w', which nothing makes"},
      {onnx_model(onnx_input("x") + deep), "subgraphs deeper than 16 levels"},
      // Types of values.
      {onnx_model(bytes(11, bytes(1, "x") + bytes(2, bytes(4, "")))),
       "graph.input[0] 'x': values that are sequences are not supported"},
      {onnx_model(bytes(11, bytes(1, "x") + bytes(2, bytes(1, number(1, 22))))),
       "graph.input[0] 'x': values of type INT4 are not supported"},
      {onnx_model(bytes(11, bytes(1, "x") + bytes(2, bytes(1, number(1, 77))))),
       "graph.input[0] 'x': values of type 77 are not supported"},
      // Tensors.
      {onnx_model(onnx_tensor("w", "")), "graph.initializer[0] 'w': it has no element type"},
      {onnx_model(onnx_tensor("w", number(2, 99))), "graph.initializer[0] 'w': element type 99 is not known"},
      {onnx_model(onnx_tensor("w", number(2, 8) + bytes(6, "text"))),
       "graph.initializer[0] 'w': tensors of type STRING are not supported"},
      {onnx_model(onnx_tensor("w", number(2, 22))), "graph.initializer[0] 'w': tensors of type INT4 are not supported"},
      {onnx_model(float_tensor(bytes(3, ""))), "graph.initializer[0] 'w': tensors in segments are not supported"},
      {onnx_model(float_tensor(number(1, 2) + bytes(9, "1234"))),
       "graph.initializer[0] 'w': its shape [2] takes 8 bytes, its data have 4"},
      {onnx_model(float_tensor("")), "graph.initializer[0] 'w': its shape [] takes 4 bytes, its data have 0"},
      {onnx_model(float_tensor(number(1, uint64_t{1} << 60))),
       "graph.initializer[0] 'w': its shape [1152921504606846976] takes 4611686018427387904 bytes, its data have 0"},
      {onnx_model(float_tensor(number(1, uint64_t{1} << 61))), "graph.initializer[0] 'w': its shape is too large"},
      {onnx_model(float_tensor(number(1, 0) + number(1, uint64_t{1} << 40) + number(1, uint64_t{1} << 40))),
       "graph.initializer[0] 'w': its shape is too large"},
      {onnx_model(float_tensor(number(1, ~uint64_t{0}))), "graph.initializer[0] 'w': a dimension of -1"},
      {onnx_model(float_tensor(bytes(1, std::string(65, '\1')))), "graph.initializer[0] 'w': more than 64 dimensions"},
      {onnx_model(float_tensor(bytes(9, "1234") + bytes(4, "1234"))),
       "graph.initializer[0] 'w': its data stand in two fields"},
      {onnx_model(float_tensor(bytes(7, "1"))), "graph.initializer[0] 'w': field 7 cannot hold data of type FLOAT"},
      {onnx_model(float_tensor(bytes(4, "12345678"))), "graph.initializer[0] 'w': its shape [] does not fit its data"},
      {onnx_model(float_tensor(number(1, uint64_t{1} << 40) + bytes(4, "12345678"))),
       "graph.initializer[0] 'w': its shape [1099511627776] does not fit its data"},
      {onnx_model(onnx_tensor("w", number(2, 3) + number(5, 200))), "graph.initializer[0] 'w': 200 is not a INT8"},
      {onnx_model(onnx_tensor("w", number(2, 9) + number(5, 2))), "graph.initializer[0] 'w': 2 is not a BOOL"},
      {onnx_model(onnx_tensor("w", number(2, 9) + bytes(9, "\2"))), "graph.initializer[0] 'w': 2 is not a BOOL"},
      {onnx_model(onnx_tensor("w", number(2, 6) + number(5, uint64_t{1} << 31))),
       "graph.initializer[0] 'w': 2147483648 is not a INT32"},
      // External data.
      {onnx_model(external("")), "graph.initializer[0] 'w': external data in '': this is not the name of a file"},
      {onnx_model(external("/etc/passwd")),
       "graph.initializer[0] 'w': external data in '/etc/passwd': the path must be "
       "relative to the model's folder, with '/' between its parts"},
      {onnx_model(external("..\\secret")),
       "graph.initializer[0] 'w': external data in '..\\secret': the path must be "
       "relative to the model's folder, with '/' between its parts"},
      {onnx_model(external("a/../../secret")),
       "graph.initializer[0] 'w': external data in 'a/../../secret': the path must stay below the model's folder"},
      {onnx_model(external("./w")),
       "graph.initializer[0] 'w': external data in './w': the path must stay below the model's folder"},
      {onnx_model(float_tensor(bytes(13, bytes(1, "offset") + bytes(2, "-4")) + number(14, 1))),
       "graph.initializer[0] 'w': external data: offset '-4' is not a number of bytes"},
      {onnx_model(float_tensor(bytes(13, bytes(1, "length") + bytes(2, "8")) + number(14, 1))),
       "graph.initializer[0] 'w': external data: its shape [] takes 4 bytes, its length says 8"},
      {onnx_model(float_tensor(number(14, 2))), "graph.initializer[0] 'w': data_location 2 is not known"},
  };
  for (const auto& [bytes, reason] : table) {
    INFO(reason);
    const std::string found = problem(bytes);
    CHECK(found.ends_with(reason));
    if (reason.find("deeper") == std::string::npos) CHECK(found == reason);
  }
}

TEST_CASE("external data are read from regular files inside the folder alone, each byte for one value") {
  using namespace test;
  TempDir folder;
  folder.write("model/w", std::string(64, '\1'));
  folder.write("secret", std::string(64, '\1'));
  std::filesystem::create_symlink(folder / "secret", folder / "model/link");
  std::filesystem::create_symlink(folder.path(), folder.path() / "model/out");
  std::filesystem::create_directory(folder.path() / "model/folder");
  REQUIRE(mkfifo((folder / "model/pipe").c_str(), 0600) == 0);
  auto tensor = [&](const std::string& name, const std::string& location, uint64_t offset, uint64_t size = 4) {
    auto entry = [](const std::string& key, const std::string& value) {
      return bytes(13, bytes(1, key) + bytes(2, value));
    };
    return onnx_tensor(name, number(2, 1) + number(1, size) + entry("location", location) +
                                 entry("offset", std::to_string(offset)) + number(14, 1));
  };
  const std::string path = folder / "model/m.onnx";
  auto found = [&](const std::string& graph) { return problem(onnx_model(graph), path); };
  CHECK(found(tensor("a", "w", 0) + tensor("b", "w", 16) + tensor("c", "w", 0)) == "accepted");
  CHECK(found(tensor("a", "w", 48)) == "accepted");
  const std::string cut = "the file is cut short, or of another model", place = "graph.initializer[0] 'a': ";
  CHECK(found(tensor("a", "w", 49)) == place + "its data are bytes 49 to 65 of 'w', which has 64: " + cut);
  CHECK(found(tensor("a", "w", 65, 0)) == place + "its data are bytes 65 to 65 of 'w', which has 64: " + cut);
  CHECK_THAT(found(tensor("a", "w", ~uint64_t{0})), Catch::Contains(cut));
  CHECK(found(tensor("a", "w", 0) + tensor("b", "w", 8)) == "graph.initializer[1] 'b': its data in 'w' overlap others");
  CHECK(found(tensor("a", "w", 8) + tensor("b", "w", 0)) == "graph.initializer[1] 'b': its data in 'w' overlap others");
  CHECK(found(tensor("a", "w", 0) + tensor("b", "w", 0, 2)) ==
        "graph.initializer[1] 'b': its data in 'w' overlap others");
  for (const char* location : {"link", "out/secret"}) {
    CHECK_THAT(found(tensor("a", location, 0)), Catch::Contains("a link, which could leave the model's folder"));
  }
  for (const char* location : {"folder", "pipe"}) {
    CHECK(found(tensor("a", location, 0)) == place + "external data in '" + location + "': not a regular file");
  }
}

TEST_CASE("a file cannot ask for many times its size in memory") {
  using namespace test;
  std::string nodes, tensors, strings;
  for (int i = 0; i < 300000; ++i) {
    nodes += bytes(1, "");
    tensors += bytes(5, number(2, 1));
    strings += bytes(9, "");
  }
  CHECK_THAT(problem(onnx_model(nodes)), Catch::Contains("more than ten times its size"));
  CHECK_THAT(problem(onnx_model(tensors + onnx_tensor("w", number(2, 1)))), !Catch::Contains("accepted"));
  const std::string node = onnx_node("F", "", "y", bytes(5, bytes(1, "a") + number(20, 8) + strings + strings));
  CHECK_THAT(problem(onnx_model(node)), Catch::Contains("more than ten times its size"));
}

TEST_CASE("every prefix of a file is refused, but for one that lacks metadata alone") {
  const std::string file = test::read_bytes(golden("everything"));
  int accepted = 0;
  for (size_t length = 0; length < file.size(); ++length) {
    INFO("length " << length);
    if (problem(file.substr(0, length)) == "accepted") ++accepted;
  }
  CHECK(accepted == 2);
}

TEST_CASE("whatever bytes a file holds, it is refused or gives a model that can be written") {
  const std::string files[] = {test::read_bytes(golden("everything")), test::read_bytes(golden("types_raw")),
                               test::read_bytes(golden("types_typed")), test::read_bytes(golden("external"))};
  const std::string path = golden("external");
  int opened = 0, refused = 0;
  for (uint32_t round = 0; round < 8000; ++round) {
    Random random(11, round);
    std::string bytes = files[round % 4];
    for (int64_t change = 0; change <= random.below(3); ++change) {
      const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
      const auto length = static_cast<size_t>(1 + random.below(20));
      switch (random.below(5)) {
        case 0:
          bytes[at] = static_cast<char>(random.next());
          break;
        case 1:
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
          break;
        case 2:
          bytes.erase(at, length);
          break;
        case 3:
          bytes.insert(at, bytes.substr(at, length));
          break;
        default:
          bytes[at] = random.below(2) ? '\xff' : '\0';
      }
    }
    try {
      const OnnxModel model = read_bytes(bytes, path);
      ++opened;
      for (const OnnxTensor& tensor : model.graph.initializers) REQUIRE(tensor.value.is_contiguous());
      if (opened % 10 == 0) REQUIRE(read_bytes(written(model)).graph.nodes.size() == model.graph.nodes.size());
    } catch (const UserError& error) {
      ++refused;
      REQUIRE((error.code() == ExitCode::bad_data || error.code() == ExitCode::no_input));
      REQUIRE(std::string(error.what()).size() > path.size());
    }
  }
  CHECK(opened > 500);
  CHECK(refused > 2000);
}

}  // namespace
}  // namespace dlrun::file_test
