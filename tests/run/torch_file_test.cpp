// PyTorch files: both formats give the tensors PyTorch saved, and nothing that could run is accepted.

#include "run/torch_file.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "support.h"

namespace dlrun::torch_file_test {
namespace {

std::string golden(const std::string& name) {
  return (test::source_dir() / "tests/golden/weights" / (name + ".pt")).string();
}

TorchFile read(const std::string& path, const std::string& key = "") {
  return read_torch_file(path, FileSystem::instance().map(path), key);
}

FileBytes file_of(const std::string& bytes) {
  std::shared_ptr<std::byte[]> copy(new std::byte[bytes.size() + 1]);
  std::memcpy(copy.get(), bytes.data(), bytes.size());
  return {std::shared_ptr<void>(copy, copy.get()), {copy.get(), bytes.size()}};
}

// What is wrong with these bytes; "accepted" when nothing is.
std::string problem_of(const std::string& bytes, const std::string& key = "") {
  try {
    read_torch_file("w", file_of(bytes), key);
    return "accepted";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    return error.what();
  }
}

at::Tensor find(const TorchFile& file, const std::string& name) {
  for (const auto& [other, tensor] : file.tensors)
    if (other == name) return tensor;
  throw std::runtime_error("no tensor " + name);
}

// In golden/weights_files.py every tensor of types.pt counts from 0 to 5.
void check_types(const TorchFile& file, size_t count) {
  const std::map<std::string, at::ScalarType> types = {{"float32", at::kFloat},
                                                       {"float64", at::kDouble},
                                                       {"float16", at::kHalf},
                                                       {"bfloat16", at::kBFloat16},
                                                       {"int64", at::kLong},
                                                       {"int32", at::kInt},
                                                       {"int16", at::kShort},
                                                       {"int8", at::kChar},
                                                       {"uint8", at::kByte},
                                                       {"bool", at::kBool},
                                                       {"uint16", at::kUInt16},
                                                       {"uint32", at::kUInt32},
                                                       {"float8_e4m3fn", at::kFloat8_e4m3fn}};
  CHECK(file.tensors.size() == count);
  for (const auto& [name, tensor] : file.tensors) {
    INFO(name);
    CHECK(tensor.scalar_type() == types.at(name));
    const at::Tensor counted = at::arange(6, at::kLong).reshape({2, 3});
    CHECK(at::equal(tensor.to(at::kDouble), (name == "bool" ? counted.ne(0) : counted).to(at::kDouble)));
  }
}

TEST_CASE("every type torch.save writes is read, in both formats, both byte orders and a later protocol") {
  check_types(read(golden("types")), 13);
  check_types(read(golden("types_legacy")), 10);
  check_types(read(golden("types_big_endian")), 13);
  check_types(read(golden("protocol4")), 10);
}

TEST_CASE("views keep their strides and share their storage") {
  for (const char* name : {"views", "views_legacy"}) {
    INFO(name);
    const TorchFile file = read(golden(name));
    const at::Tensor base = at::arange(24, at::kFloat).reshape({4, 6});
    CHECK(at::equal(find(file, "base"), base));
    CHECK(at::equal(find(file, "transposed"), base.t()));
    CHECK(find(file, "transposed").strides() == at::IntArrayRef({1, 6}));
    CHECK(at::equal(find(file, "columns"), base.slice(1, 1, 4, 2)));
    CHECK(at::equal(find(file, "row"), base[2]));
    CHECK(find(file, "one").item<float>() == 23);
    CHECK(find(file, "one").dim() == 0);
    CHECK(at::equal(find(file, "expanded"), at::zeros({3, 1})));
    CHECK(find(file, "empty").sizes() == at::IntArrayRef({0, 3}));
    CHECK(at::equal(find(file, "parameter"), base[1]));
    CHECK(find(file, "base").data_ptr() == find(file, "transposed").data_ptr());
  }
}

TEST_CASE("a state dict is found by stated rules, or by its key") {
  const TorchFile plain = read(golden("state_dict"));
  CHECK(plain.tensors.size() == 7);
  CHECK(plain.tensors[0].first == "0.weight");
  CHECK(plain.notes.empty());
  const TorchFile found = read(golden("checkpoint"));
  CHECK(found.notes == std::vector<std::string>{"the tensors under 'state_dict' were taken",
                                                "tensors elsewhere in the file were left out: 12"});  // AdamW's
  REQUIRE(found.tensors.size() == 7);
  for (size_t i = 0; i < 7; ++i) {
    CHECK(found.tensors[i].first == plain.tensors[i].first);
    if (found.tensors[i].second.is_floating_point()) CHECK(at::equal(found.tensors[i].second, plain.tensors[i].second));
  }
}

TEST_CASE("which table is meant is never guessed") {
  const std::string bytes = test::read_bytes(golden("nested"));
  CHECK_THAT(problem_of(bytes), Catch::Contains("model/encoder (1 tensors)") && Catch::Contains("ema (1 tensors)") &&
                                    Catch::Contains("--key"));
  CHECK_THAT(problem_of(bytes, "nothing"), Catch::Contains("no table of tensors under \"nothing\""));
  CHECK(at::equal(find(read(golden("nested"), "ema"), "w"), at::arange(24, at::kFloat).reshape({4, 6}) + 1));
  const TorchFile mixed = read(golden("mixed"));
  CHECK(mixed.tensors.size() == 1);
  CHECK(mixed.notes == std::vector<std::string>{"values that are no tensors were left out: 'step', 'history'"});
  CHECK_THAT(problem_of(test::read_bytes(golden("list"))), Catch::Contains("no tensors by name"));
  CHECK_THAT(problem_of(test::read_bytes(golden("no_tensors"))), Catch::Contains("no tensors by name"));
}

std::string company(const std::string& name) {
  return (test::source_dir() / "tests/golden/weights_company" / (name + ".pt")).string();
}

void check_weights(const TorchFile& file) {
  const at::Tensor base = at::arange(24, at::kFloat).reshape({4, 6});
  REQUIRE(file.tensors.size() == 2);
  CHECK(file.tensors[0].first == "a.weight");
  CHECK(at::equal(file.tensors[0].second, base));
  CHECK(at::equal(find(file, "a.bias"), base[0]));
}

TEST_CASE("whatever stands beside the weights is left out by name, in both formats and every protocol") {
  for (const char* name : {"protocol2", "protocol4", "protocol5", "legacy"}) {
    INFO(name);
    const TorchFile file = read(company(name));
    check_weights(file);
    std::string notes;
    for (const std::string& note : file.notes) notes += note + "\n";
    INFO(notes);
    CHECK_THAT(notes, Catch::Contains("the tensors under 'state_dict' were taken"));
    CHECK_THAT(notes, Catch::Contains("objects of these classes were left out, and nothing of them was run: "));
    for (const char* left : {"argparse.Namespace", "numpy._core.multiarray.scalar (4)", "collections.deque",
                             "collections.defaultdict", "datetime.timedelta", "decimal.Decimal", "pathlib.PosixPath"})
      CHECK_THAT(notes, Catch::Contains(left));
    CHECK_THAT(notes, Catch::Contains("tensors elsewhere in the file were left out: 1\n"));  // of the settings
  }
}

TEST_CASE("among the weights, too, what is none is left out by its key and by its class") {
  const TorchFile file = read(company("among"));
  check_weights(file);
  CHECK(file.notes == std::vector<std::string>{
                          "values that are no tensors were left out: 'args', 'best', 'shape'",
                          "objects of these classes were left out, and nothing of them was run: argparse.Namespace, "
                          "numpy._core.multiarray.scalar, torch.Size"});
}

TEST_CASE("weights in a dict of an unknown class are found") {
  check_weights(read(company("own_dict")));
  const TorchFile file = read(company("own_dicts"));
  check_weights(file);
  CHECK(file.notes[0] == "the tensors under 'model' were taken");
  CHECK_THAT(file.notes[1], Catch::Contains("lost_program.AttributeDict"));
}

TEST_CASE("tensors with attributes of Python are tensors") {
  const TorchFile file = read(company("attributes"));
  const at::Tensor base = at::arange(24, at::kFloat).reshape({4, 6});
  REQUIRE(file.tensors.size() == 3);
  CHECK(at::equal(find(file, "tagged"), base));
  CHECK(at::equal(find(file, "parameter"), base + 1));
  CHECK(at::equal(find(file, "plain"), base + 2));
}

TEST_CASE("a weight of a kind that is not read is refused, not left out; one that nobody wants is counted") {
  CHECK_THAT(problem_of(test::read_bytes(company("quantized"))),
             Catch::Contains("tensor 'q': it is made by torch._utils._rebuild_qtensor"));
  CHECK_THAT(problem_of(test::read_bytes(company("sparse"))),
             Catch::Contains("tensor 's': it is made by torch._utils._rebuild_sparse_tensor"));
  const TorchFile beside = read(company("quantized_beside"));
  check_weights(beside);
  CHECK(beside.notes.back() == "tensors elsewhere in the file were left out: 2");
}

TEST_CASE("a view that torch negates when it is read is refused, not taken as it lies there") {
  CHECK_THAT(problem_of(test::read_bytes(golden("negated"))), Catch::Contains("negated or conjugated view"));
}

TEST_CASE("whatever asks for what acts is refused by its name, and what has no weights by what it is") {
  const std::map<std::string, std::string> names = {
      {"hostile_reduce", "asks for \"posix.system\""},
      {"hostile_stack_global", "asks for \"builtins.eval\""},
      {"hostile_instance", "asks for \"os.system\""},
      {"whole_module", "is an object of torch.nn.modules.container.Sequential and holds no tensors by name"},
      {"complex", "its tensors lie in a torch.ComplexFloatStorage, whose values dlrun does not read"}};
  for (const auto& [file, problem] : names) {
    INFO(file);
    CHECK_THAT(problem_of(test::read_bytes(golden(file))), Catch::Contains(problem));
  }
  CHECK_FALSE(std::filesystem::exists("dlrun_was_here"));
}

// The older format around a pickle of an object, with one storage "0" of four floats.
std::string legacy(const std::string& object, const std::string& storages = {}) {
  const auto pickle = [](const std::string& body) { return "\x80\x02" + body + "."; };
  std::string four = std::string("\4\0\0\0\0\0\0\0", 8) + std::string(16, '\0');
  return pickle(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12)) + pickle("M\xe9\x03") +
         pickle("}U\x0dlittle_endian\x88s") + pickle(object) + pickle("]U\0010a") +
         (storages.empty() ? four : storages);
}

const std::string storage = "(U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\4NtQ";

// {"w": _rebuild_tensor_v2(storage, offset, sizes, strides, False, OrderedDict())}
std::string one(const std::string& offset, const std::string& sizes, const std::string& strides) {
  return "}U\1wctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + sizes + strides +
         "\x89"
         "ccollections\nOrderedDict\n)RtRs";
}

TEST_CASE("tensors lie within their storages") {
  struct Row {
    std::string offset, sizes, strides, problem;
  };
  const std::string two_40 = std::string("\x8a\6\0\0\0\0\0\1", 8),
                    two_62 = std::string("\x8a\x08\0\0\0\0\0\0\0\x40", 10);
  const std::string zero("K\0", 2), minus_one = "J\xff\xff\xff\xff";
  const Row rows[] = {
      {zero, "K\4\x85", "K\1\x85", "accepted"},
      {"K\2", "K\2\x85", "K\1\x85", "accepted"},
      {zero, ")", ")", "accepted"},
      {"K\3", "K\2\x85", "K\1\x85", "reaches to element 5 of its storage, which holds 4"},
      {zero, "K\2\x85", "K\4\x85", "reaches to element 5"},
      {zero, "K\5\x85", "K\1\x85", "reaches to element 5"},
      {minus_one, "K\1\x85", "K\1\x85", "made in a way"},
      {zero, minus_one + "\x85", "K\1\x85", "made in a way"},
      {zero, "K\1\x85", minus_one + "\x85", "made in a way"},
      {zero, "K\1K\1\x86", "K\1\x85", "made in a way"},
      {zero, two_62 + two_62 + "\x86", zero + zero + "\x86", "its shape is too large"},
      {zero, two_62 + "\x85", two_62 + "\x85", "its shape is too large"},
      {zero, two_40 + "\x85", zero + "\x85", "far more than the file"},
      {two_62, zero + "\x85", "K\1\x85", "accepted"},
  };
  for (const Row& row : rows) {
    INFO(row.problem);
    CHECK_THAT(problem_of(legacy(one(row.offset, row.sizes, row.strides))), Catch::Contains(row.problem));
  }
}

TEST_CASE("a storage that holds nothing has no elements") {
  std::string bytes = one(std::string("K\0", 2), "K\1\x85", "K\1\x85");
  const size_t count = bytes.find("cpuK\4") + 4;
  bytes[count] = '\0';
  // Pickles of several lengths: the storage is aligned or not.
  for (const std::string& object : {bytes, "N0" + bytes, "NN00N0" + bytes, "N0N0N0" + bytes})
    CHECK_THAT(problem_of(legacy(object, std::string(8, '\0'))), Catch::Contains("which holds 0"));
}

TEST_CASE("damaged pickles and storages are refused with the reason") {
  const std::string good = one(std::string("K\0", 2), "K\4\x85", "K\1\x85");
  const auto counted = [](const std::string& count) { return count + std::string(16, '\0'); };
  const std::pair<std::string, std::string> table[] = {
      {legacy(good), "accepted"},
      {legacy(good, counted(std::string("\5\0\0\0\0\0\0\0", 8))), "cut short"},
      {legacy(good, counted(std::string("\0\0\0\0\0\0\0\x10", 8))), "cut short"},
      {legacy(good, counted(std::string("\3\0\0\0\0\0\0\0", 8))), "4 bytes follow its last storage"},
      {legacy(good) + "x", "1 bytes follow"},
      {legacy("}"), "lists a storage that no tensor uses"},
      {legacy("]K\1"), "values left over"},
      {legacy("a"), "a value is missing"},
      {legacy("K\1K\1a"), "no container"},
      {legacy("t"), "a mark is missing"},
      {legacy("h\7"), "recalls what it never kept"},
      {legacy(std::string("]r\0\0\0\x7f", 6)), "its memo has holes"},
      {legacy("]K\1R"), "no function"},
      {legacy("K\1Q"), "no tuple"},
      {legacy("(U\6moduleNNttQ"), "a mark is missing"},
      {legacy("]\x81"), "a value is missing"},
      {legacy("])\x81"), "it calls what is no function"},
      {legacy("(o"), "an object without a class"},
      {legacy(good + "U\1xca\nB\n)\x81)bs"), "accepted"},
      {legacy(good + "U\1xca\nB\n)}\x92s"), "accepted"},
      {legacy(good + "U\1x(ca\nB\nK\1os"), "accepted"},
      {legacy(good + "U\1x\x8f(K\1\x90s"), "accepted"},
      {legacy("ca\nB\n)\x81K\1"), "values left over"},
      {legacy("ca\nB\n)\x81(K\1u"), "a key without a value"},
      {legacy("csubprocess\nPopen\n)\x81"), "asks for \"subprocess.Popen\""},
      {legacy("\x82\1"), "registry of extensions"},
      {legacy("\x80\x09"), "protocol 9"},
      {legacy("}(U\1wu"), "a key without a value"},
      {legacy("X\xff\xff\xff\x7f"), "cut short"},
      {legacy(std::string(1, '\x7f')), "opcode 0x7f"},
      {legacy("ctorch\nload\n"), "asks for \"torch.load\""},
      {legacy("cos\nget\x07"
              "attr\n)R"),
       "asks for \"os.get?attr\""},
      {legacy(std::string(1000000, ']')), "more than ten times the file's size in memory"},
      {"\x80\x02K\1.", "not one of torch.save"},
  };
  for (const auto& [bytes, problem] : table) {
    INFO(problem);
    CHECK_THAT(problem_of(bytes), Catch::Contains(problem));
  }
}

TEST_CASE("a bit that flips in a zip archive is found") {
  const std::string good = test::read_bytes(golden("types"));
  REQUIRE(problem_of(good) == "accepted");
  // Between an entry's name and its content is padding, whose length stands before the name; the content is 24 bytes.
  const std::string name = "types/data/0";
  const size_t header = good.find(name);
  REQUIRE(header != std::string::npos);
  const size_t content = header + name.size() + static_cast<unsigned char>(good[header - 2]);
  for (size_t at = content; at < content + 24; ++at) {
    std::string bytes = good;
    bytes[at] ^= 1;
    CHECK_THAT(problem_of(bytes), Catch::Contains("its entry 'types/data/0' is damaged"));
  }
}

TEST_CASE("every prefix of a PyTorch file is refused") {
  for (const char* name : {"checkpoint", "views_legacy"}) {
    const std::string bytes = test::read_bytes(golden(name));
    for (size_t length = 3; length < bytes.size(); ++length) {
      INFO(name << " of length " << length);
      REQUIRE(problem_of(bytes.substr(0, length)) != "accepted");
    }
  }
}

TEST_CASE("whatever is changed in a PyTorch file, it is refused or its tensors lie inside the file") {
  const std::string files[] = {test::read_bytes(golden("views_legacy")), test::read_bytes(golden("checkpoint"))};
  Random random(5, 2);
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = files[round % 2];
    for (int64_t change = 0; change <= random.below(3); ++change)
      bytes[static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())))] = static_cast<char>(random.next());
    try {
      for (const auto& [name, tensor] : read_torch_file("w", file_of(bytes)).tensors) tensor.contiguous();
      ++accepted;
    } catch (const UserError& error) {
      REQUIRE(error.code() == ExitCode::bad_data);
    }
  }
  CHECK(accepted > 0);
  CHECK(accepted < 4000);
}

}  // namespace
}  // namespace dlrun::torch_file_test
