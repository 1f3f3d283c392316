// Safetensors: equal to the Python library's files in both directions, and no damaged file gets through.

#include "run/safetensors.h"

#include <ATen/ATen.h>

#include <catch2/catch.hpp>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/random.h"
#include "support.h"

namespace dlrun::safetensors_test {
namespace {

std::string golden(const std::string& name) {
  return test::source_dir() / "tests/golden/safetensors" / (name + ".safetensors");
}

// The tensors of golden/safetensors_files.py.
TensorList types() {
  at::Tensor counting = at::arange(6, at::kLong).reshape({2, 3});
  return {{"BOOL", counting.to(at::kBool)},
          {"F16", counting.to(at::kHalf)},
          {"F32", counting.to(at::kFloat)},
          {"F64", counting.to(at::kDouble)},
          {"BF16", counting.to(at::kBFloat16)},
          {"C64", counting.to(at::kComplexFloat)},
          {"F8_E4M3", counting.to(at::kFloat8_e4m3fn)},
          {"F8_E4M3FNUZ", counting.to(at::kFloat8_e4m3fnuz)},
          {"F8_E5M2", counting.to(at::kFloat8_e5m2)},
          {"F8_E5M2FNUZ", counting.to(at::kFloat8_e5m2fnuz)},
          {"I8", counting.to(at::kChar)},
          {"I16", counting.to(at::kShort)},
          {"I32", counting.to(at::kInt)},
          {"I64", counting},
          {"U8", counting.to(at::kByte)},
          {"U16", counting.to(at::kUInt16)},
          {"U32", counting.to(at::kUInt32)},
          {"U64", counting.to(at::kUInt64)}};
}

TensorList names() {
  double infinity = std::numeric_limits<double>::infinity();
  return {{"layer.10.weight", at::arange(24, at::kFloat).reshape({2, 3, 4})},
          {"layer.9.weight", at::full({1, 1, 1}, 0.1, at::kFloat)},
          {"quote \" backslash \\ tab \t bell \x07", at::tensor({7}, at::kLong)},
          {"größe", at::scalar_tensor(2.5, at::kDouble)},
          {"empty", at::empty({0, 3})},
          {"odd", at::tensor({1, 2, 3}, at::kByte)},
          {"half", at::tensor({1.5, -0.0, infinity}, at::kDouble).to(at::kBFloat16)},
          {"", at::tensor({1, 0}, at::kByte).to(at::kBool)}};
}

bool same_bytes(const at::Tensor& a, const at::Tensor& b) {
  return a.dtype() == b.dtype() && a.sizes() == b.sizes() &&
         (a.nbytes() == 0 ||
          std::memcmp(a.contiguous().const_data_ptr(), b.contiguous().const_data_ptr(), a.nbytes()) == 0);
}

void check_equal(const TensorList& expected, const TensorList& found) {
  REQUIRE(found.size() == expected.size());
  for (const auto& [name, tensor] : expected) {
    INFO(name);
    auto other = std::find_if(found.begin(), found.end(), [&](const auto& each) { return each.first == name; });
    REQUIRE(other != found.end());
    CHECK(same_bytes(tensor, other->second));
  }
}

TEST_CASE("files of the Python library are read: every type, odd names, metadata") {
  check_equal(types(), read_safetensors(golden("types")).tensors);
  Safetensors file = read_safetensors(golden("names"));
  check_equal(names(), file.tensors);
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}});
  CHECK(read_safetensors(golden("nothing")).tensors.empty());
}

TEST_CASE("what is written equals the Python library's file byte for byte") {
  test::TempDir folder;
  write_safetensors(folder / "types", types());
  CHECK(test::read_bytes(folder / "types") == test::read_bytes(golden("types")));
  WrittenFile written = write_safetensors(folder / "names", names(), {{"format", "pt"}});
  std::string bytes = test::read_bytes(folder / "names");
  CHECK(bytes == test::read_bytes(golden("names")));
  CHECK(written.size == bytes.size());
  CHECK(written.hash == hash_hex(bytes));
  save_safetensors(folder / "nothing", {});
  CHECK(test::read_bytes(folder / "nothing") == test::read_bytes(golden("nothing")));
  CHECK_FALSE(FileSystem::instance().exists(folder / "nothing.tmp"));
}

TEST_CASE("order, layout and views do not change the bytes") {
  test::TempDir folder;
  at::Tensor image = at::arange(120, at::kFloat).reshape({2, 3, 4, 5});
  at::Tensor wide = at::arange(40, at::kFloat).reshape({4, 10});
  write_safetensors(folder / "plain", {{"a", image}, {"b", wide.slice(1, 2, 5).clone()}});
  write_safetensors(folder / "other",
                    {{"b", wide.slice(1, 2, 5)}, {"a", image.contiguous(at::MemoryFormat::ChannelsLast)}});
  CHECK(test::read_bytes(folder / "plain") == test::read_bytes(folder / "other"));
}

TEST_CASE("large tensors and many small ones survive") {
  test::TempDir folder;
  TensorList tensors = {{"large", at::randn({1 << 19})}};
  for (int i = 0; i < 3000; ++i) tensors.emplace_back("small." + std::to_string(i), at::full({200}, i, at::kFloat));
  WrittenFile written = write_safetensors(folder / "file", tensors);
  CHECK(written.hash == hash_hex(test::read_bytes(folder / "file")));
  check_equal(tensors, read_safetensors(folder / "file").tensors);
}

TEST_CASE("writing into what was read changes no file, and it outlives the file") {
  test::TempDir folder;
  write_safetensors(folder / "file", {{"a", at::ones({4})}});
  at::Tensor tensor = read_safetensors(folder / "file").tensors[0].second;
  tensor.fill_(2);
  CHECK(at::equal(read_safetensors(folder / "file").tensors[0].second, at::ones({4})));
  FileSystem::instance().remove(folder / "file");
  CHECK(at::equal(tensor, at::full({4}, 2.0)));
}

std::string file_of(const std::string& header, size_t data) {
  uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + std::string(data, '\1');
}

std::string problem_of(std::string_view bytes) {
  try {
    parse_safetensors("w", bytes);
    return "accepted";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    std::string text = error.what(), start = "w: not a valid safetensors file: ";
    CHECK(text.starts_with(start));
    return text.substr(start.size());
  }
}

TEST_CASE("values that are not aligned are copied to where they are") {
  test::TempDir folder;
  folder.write("file", file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                               R"("b":{"dtype":"I32","shape":[2],"data_offsets":[1,9]}})",
                               9));
  at::Tensor tensor = read_safetensors(folder / "file").tensors[1].second;
  CHECK(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 4 == 0);
  CHECK(at::equal(tensor, at::full({2}, 0x01010101, at::kInt)));
}

TEST_CASE("what is not a valid file is refused with the reason") {
  struct Bad {
    const char* header;
    size_t data;
    const char* reason;
  };
  const std::string deep = "{\"a\":" + std::string(100000, '[');
  std::string wide = R"({"a":{"dtype":"F32","shape":[1)", talkative = R"({"__metadata__":{"k":"")";
  for (int i = 0; i < 64; ++i) wide += ",1";
  wide += R"(],"data_offsets":[0,4]}})";
  for (int i = 0; i < 65536; ++i) talkative += ",\"" + std::to_string(i) + "\":\"\"";
  const Bad table[] = {
      {"", 0, "its header does not begin with '{'"},
      {"[]", 0, "its header does not begin with '{'"},
      {" {}", 0, "its header does not begin with '{'"},
      {"{", 0, "the header is not valid JSON at its byte 2"},
      {"{}x", 0, "the header is not valid JSON at its byte 3"},
      {"{}", 1, "1 bytes of data, but its tensors take 0"},
      {R"({"a":1})", 0, "header: a number where the format has none (key 'a')"},
      {R"({"a":null})", 0, "header: null where the format has none (key 'a')"},
      {R"({"a":true})", 0, "header: a boolean where the format has none (key 'a')"},
      {wide.c_str(), 4, "tensor 'a': more than 64 dimensions"},
      {talkative.c_str(), 0, "header: more than 65536 entries of metadata"},
      {deep.c_str(), 0, "header: a list where the format has none (key 'a')"},
      {R"({"__metadata__":{"k":1}})", 0, "header: a number where the format has none (key 'k')"},
      {R"({"__metadata__":{"k":{}}})", 0, "header: an object where the format has none (key 'k')"},
      {R"({"__metadata__":{"k":"a","k":"b"}})", 0, "header: 'k' stands there twice"},
      {R"({"__metadata__":"x"})", 0, "header: a string where the format has none (key '__metadata__')"},
      {R"({"a":{}})", 0, "tensor 'a': it needs dtype, shape and data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4, "tensor 'a': it needs dtype, shape and data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"scale":1}})", 4, "tensor 'a': unknown key 'scale'"},
      {R"({"a":{"dtype":"F32","dtype":"F32"}})", 4, "tensor 'a': 'dtype' stands there twice"},
      {R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})", 4, "tensor 'a': its dtype 'F31' is not supported"},
      {R"({"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})", 1, "tensor 'a': its dtype 'F4' is not supported"},
      {R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", 4,
       "tensor 'a': a number where the format has none (key 'dtype')"},
      {R"({"a":{"dtype":"F32","shape":{},"data_offsets":[0,4]}})", 4,
       "tensor 'a': an object where the format has none (key 'shape')"},
      {R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4,
       "tensor 'a': a list where the format has none (key 'shape')"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
       "tensor 'a': a negative number where the format has none (key 'shape')"},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4,
       "tensor 'a': a fraction where the format has none (key 'shape')"},
      {R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", 4,
       "tensor 'a': a string where the format has none (key 'shape')"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", 4, "tensor 'a': data_offsets must be two numbers"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4,
       "tensor 'a': data_offsets must be two numbers"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4,
       "tensor 'a': its shape takes 4 bytes, its data_offsets [4, 0] say otherwise"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4,
       "tensor 'a': its shape takes 8 bytes, its data_offsets [0, 4] say otherwise"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4,
       "tensor 'a' ends at byte 8 of the data, but there are only 4: the file is cut short"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
       "tensor 'a' begins at byte 4 of the data, expected 0: data_offsets must leave no gap and not overlap"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
       6, "tensor 'b' begins at byte 2 of the data, expected 4: data_offsets must leave no gap and not overlap"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       4, "tensor 'b' begins at byte 0 of the data, expected 4: data_offsets must leave no gap and not overlap"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       8, "header: 'a' stands there twice"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 6, "6 bytes of data, but its tensors take 4"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0,
       "tensor 'a': its shape is too large"},
      {R"({"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})", 0,
       "tensor 'a': its shape is too large"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", 4,
       "tensor 'a': a dimension of 18446744073709551615"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}})", 4,
       "tensor 'a': a fraction where the format has none (key 'data_offsets')"},
  };
  for (const Bad& bad : table) {
    INFO(std::string(bad.header).substr(0, 120));
    CHECK(problem_of(file_of(bad.header, bad.data)) == bad.reason);
  }
  CHECK(problem_of("") == "it has only 0 bytes");
  CHECK(problem_of("1234567") == "it has only 7 bytes");
  CHECK(problem_of(std::string("\x10\0\0\0\0\0\0\0{}", 10)) == "its header claims 16 bytes, the file has 10");
  CHECK(problem_of(std::string(8, '\xff') + "{}") == "its header claims 18446744073709551615 bytes");
  CHECK(problem_of("{\"a\": a pickle?") != "accepted");
}

TEST_CASE("a file that is missing or a folder is no input") {
  test::TempDir folder;
  for (const auto& [path, reason] : {std::pair(folder / "missing", ": cannot read: No such file or directory"),
                                     std::pair(folder.path().string(), ": this is a folder, and a file is needed")}) {
    try {
      read_safetensors(path);
      FAIL();
    } catch (const UserError& error) {
      CHECK(error.code() == ExitCode::no_input);
      CHECK(std::string(error.what()) == path + reason);
    }
  }
}

TEST_CASE("every prefix of a file is refused") {
  std::string bytes = test::read_bytes(golden("names"));
  for (size_t length = 0; length < bytes.size(); ++length) {
    INFO("length " << length);
    REQUIRE(problem_of(bytes.substr(0, length)) != "accepted");
  }
}

TEST_CASE("whatever bytes a header holds, it is refused or describes tensors inside the file") {
  std::string good = test::read_bytes(golden("names")), types_file = test::read_bytes(golden("types"));
  Random random(3, 1);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = round % 2 ? good : types_file;
    for (int64_t change = 0; change <= random.below(3); ++change) {
      size_t at = static_cast<size_t>(random.below(static_cast<int64_t>(bytes.size())));
      static constexpr std::string_view likely = "{}[]\",:0123456789-.eE\\ \n";
      switch (random.below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random.next());
          break;
        case 1:
          bytes[at] = likely[static_cast<size_t>(random.below(static_cast<int64_t>(likely.size())))];
          break;
        case 2:
          bytes.erase(at, 1);
          break;
        default:
          bytes.insert(at, bytes.substr(at, static_cast<size_t>(random.below(20))));
          break;
      }
    }
    try {
      SafetensorsHeader header = parse_safetensors("w", bytes);
      ++accepted;
      for (const TensorInfo& info : header.tensors) {
        REQUIRE(info.begin <= info.end);
        REQUIRE(header.data_start + info.end <= bytes.size());
      }
    } catch (const UserError& error) {
      REQUIRE(error.code() == ExitCode::bad_data);
    }
  }
  CHECK(accepted > 0);
  CHECK(accepted < 4000);
}

}  // namespace
}  // namespace dlrun::safetensors_test
