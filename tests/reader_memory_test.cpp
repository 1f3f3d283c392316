// No file takes more than ten times its size in memory while it is read, or some megabytes where it is small: measured
// on files made of what costs a reader most, each of a byte or a few in the file.

#include <catch2/catch.hpp>
#include <functional>

#include "base/error.h"
#include "fuzz/bytes.h"
#include "fuzz/zip.h"
#include "heap_peak.h"
#include "onnx/file.h"
#include "onnx/wire_messages.h"
#include "run/safetensors.h"
#include "run/torch_file.h"
#include "run/weights_index.h"
#include "support.h"

namespace dlrun::reader_memory_test {
namespace {

constexpr size_t file_size = 8 << 20;           // about, of each file below
constexpr int64_t small_file_bytes = 16 << 20;  // what any file may take

enum class Verdict { read, either };

// Reads it, and holds the heap's peak against the bound.
void check(const std::string& what, const std::string& bytes, Verdict verdict,
           const std::function<void(const FileBytes&)>& read) {
  INFO(what << ", " << bytes.size() << " bytes");
  const FileBytes file = fuzz::file_of({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  std::string refusal;
  int64_t peak = 0;
  {
    const test::HeapPeak heap;
    try {
      read(file);
    } catch (const UserError& error) {
      refusal = error.what();
    }
    peak = heap.peak();
  }
  INFO("peak " << peak << " bytes, " << static_cast<double>(peak) / static_cast<double>(bytes.size())
               << " times the file; " << refusal);
  if (std::getenv("DLRUN_SHOW_MEMORY"))
    std::printf("%-45s %9zu bytes %6.2f times  %s\n", what.c_str(), bytes.size(),
                static_cast<double>(peak) / static_cast<double>(bytes.size()), refusal.substr(0, 90).c_str());
  CHECK(peak <= 10 * static_cast<int64_t>(bytes.size()) + (verdict == Verdict::read ? 0 : small_file_bytes));
  if (verdict == Verdict::read) CHECK(refusal == "");
}

// `text(i)` again and again.
std::string repeated(const std::function<std::string(size_t)>& text, size_t size = file_size) {
  std::string all;
  for (size_t i = 0; all.size() < size; ++i) all += text(i);
  return all;
}

std::string number36(size_t value) {
  std::string text;
  do text += "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
  while ((value /= 36) > 0);
  return text;
}

// A header of these entries ("{}" stand for the offsets), each with `size` bytes of data; `shift` bytes off alignment.
std::string safetensors_of(const std::function<std::string(size_t, const std::string&)>& entry, size_t size,
                           size_t shift) {
  size_t end = 0;
  std::string header = "{" + repeated([&](size_t i) {
                         const std::string offsets = "[" + std::to_string(end) + "," + std::to_string(end + size) + "]";
                         end += size;
                         return (i ? "," : "") + entry(i, offsets);
                       }) +
                       "}";
  header.resize((header.size() + 7) / 8 * 8 + shift, ' ');
  std::string length(8, '\0');
  const uint64_t number = header.size();
  std::memcpy(length.data(), &number, 8);
  return length + header + std::string(end, '\1');
}

TEST_CASE("safetensors files") {
  if (!test::can_count_heap()) return test::skip("a sanitizer counts for itself");
  const auto entry = [](const std::string& type, const std::string& shape, const std::string& prefix = "") {
    return [=](size_t i, const std::string& offsets) {
      return "\"" + prefix + number36(i) + R"(":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" +
             offsets + "}";
    };
  };
  const auto read = [](const FileBytes& file) { read_safetensors("f", file); };
  std::string ones = "[1";
  for (int i = 1; i < 64; ++i) ones += ",1";
  check("scalars", safetensors_of(entry("F32", "[]"), 4, 0), Verdict::read, read);
  check("scalars with long names", safetensors_of(entry("F32", "[]", "0123456789abcdef"), 4, 0), Verdict::read, read);
  check("one-element tensors", safetensors_of(entry("I8", "[1]"), 1, 0), Verdict::read, read);
  check("six dimensions", safetensors_of(entry("I8", "[1,1,1,1,1,1]"), 1, 0), Verdict::read, read);
  check("64 dimensions", safetensors_of(entry("I8", ones + "]"), 1, 0), Verdict::read, read);
  check("empty tensors", safetensors_of(entry("F32", "[0]"), 0, 0), Verdict::read, read);
  check("scalars that are not aligned", safetensors_of(entry("F64", "[]"), 8, 1), Verdict::read, read);
  check("a brace for each byte", "\xff\xff\x7f" + std::string(5, '\0') + std::string(file_size, '{'), Verdict::either,
        read);
  check(
      "metadata",
      [] {
        const std::string header = R"({"__metadata__":{)" +
                                   repeated([](size_t i) { return (i ? ",\"" : "\"") + number36(i) + "\":\"\""; }) +
                                   "}}";
        std::string length(8, '\0');
        const uint64_t number = header.size();
        std::memcpy(length.data(), &number, 8);
        return length + header;
      }(),
      Verdict::either, read);
}

TEST_CASE("indices of safetensors files") {
  if (!test::can_count_heap()) return test::skip("a sanitizer counts for itself");
  const auto read = [](const FileBytes& file) { parse_weights_index("f", file.text()); };
  const auto index_of = [](const std::function<std::string(size_t)>& file) {
    return R"({"weight_map":{)" +
           repeated([&](size_t i) { return (i ? ",\"" : "\"") + number36(i) + "\":\"" + file(i) + ".safetensors\""; }) +
           "}}";
  };
  check("one file", index_of([](size_t) { return "a"; }), Verdict::read, read);
  check("a file for each tensor", index_of([](size_t i) { return number36(i); }), Verdict::either, read);
  check("a file for each tensor, long names", index_of([](size_t i) { return "longer" + number36(i); }),
        Verdict::either, read);
  check("colons", R"({"weight_map":{)" + std::string(file_size, ':'), Verdict::either, read);
}

// What torch.save writes for these tensors, views of one storage of `elements` floats: pickles memoize everything.
std::string memoized(size_t tensors, size_t elements, bool one_storage) {
  size_t memo = 0;
  const auto put = [&] {
    const size_t place = memo++;
    if (place < 256) return std::string("q") + static_cast<char>(place);
    std::string text = "r0000";
    for (size_t i = 0; i < 4; ++i) text[i + 1] = static_cast<char>(place >> (8 * i));
    return text;
  };
  const auto text = [&](const std::string& value) {
    return std::string("X") + static_cast<char>(value.size()) + std::string(3, '\0') + value + put();
  };
  const auto integer = [](size_t value) {
    std::string code = "J0000";
    for (size_t i = 0; i < 4; ++i) code[i + 1] = static_cast<char>(value >> (8 * i));
    return code;
  };
  // The first tensor brings the names that the others recall: places 2 (function), 3 to 6 (storage, class, key,
  // device).
  std::string pickle = "\x80\x02}" + put() + "(";
  for (size_t i = 0; i < tensors; ++i) {
    const bool first = i == 0;
    const std::string key = one_storage ? "0" : number36(i);
    std::vector<std::string> parts = {text(number36(i))};  // In this order: each may take a place of the memo.
    parts.push_back(first ? "ctorch._utils\n_rebuild_tensor_v2\n" + put() : "h\2");
    parts.push_back(first ? "((" + text("storage") : "((h\3");
    parts.push_back(first ? "ctorch\nFloatStorage\n" + put() : "h\4");
    parts.push_back(first || !one_storage ? text(key) : "h\5");
    parts.push_back(first ? text("cpu") : "h\6");
    parts.push_back(integer(one_storage ? elements : 1) + "t" + put());
    parts.push_back("Q" + integer(one_storage ? i % elements : 0) + "))\x89");
    parts.push_back(first ? "ccollections\nOrderedDict\n" + put() : "h\x08");
    parts.push_back(")R" + put());
    parts.push_back("t" + put());
    parts.push_back("R" + put());
    for (const std::string& part : parts) pickle += part;
    if (i % 1000 == 999) pickle += "u(";
  }
  return pickle + "u.";
}

std::string archive_of(const std::string& pickle, size_t storages, const std::string& storage) {
  fuzz::Zip zip;
  zip.add("a/data.pkl", pickle);
  for (size_t i = 0; i < storages; ++i) zip.add("a/data/" + number36(i), storage);
  return zip.finish();
}

// The older format around a pickle of an object, with one storage "0" of four floats.
std::string legacy(const std::string& object) {
  const auto pickle = [](const std::string& body) { return "\x80\x02" + body + "."; };
  return pickle(std::string("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12)) + pickle("M\xe9\x03") +
         pickle("}U\x0dlittle_endian\x88s") + pickle(object) + pickle("]U\0010a") + std::string("\4\0\0\0\0\0\0\0", 8) +
         std::string(16, '\0');
}

const std::string one_tensor =
    "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\4NtQK\1))\x89"
    "ccollections\nOrderedDict\n)RtR";

TEST_CASE("PyTorch files") {
  if (!test::can_count_heap()) return test::skip("a sanitizer counts for itself");
  const auto read = [](const FileBytes& file) { read_torch_file("f", file); };
  check("views of one storage", archive_of(memoized(120000, 1000, true), 1, std::string(4000, '\1')), Verdict::read,
        read);
  check("a storage for each tensor", archive_of(memoized(30000, 1, false), 30000, std::string(4, '\1')), Verdict::read,
        read);
  check("one tensor under many names",
        legacy("}(U\1w" + one_tensor + std::string("q\0", 2) + repeated([](size_t i) {
                 const std::string name = number36(i);
                 return std::string("U") + static_cast<char>(name.size()) + name + std::string("h\0", 2);
               }) +
               "u"),
        Verdict::either, read);
  check("empty lists", legacy("(" + std::string(file_size, ']') + "l"), Verdict::either, read);
  check("lists of one", legacy("(" + repeated([](size_t) { return "]Na"; }) + "l"), Verdict::either, read);
  check("empty tuples", legacy("(" + std::string(file_size, ')') + "l"), Verdict::either, read);
  check("tuples in tuples", legacy(")" + std::string(file_size, '\x85')), Verdict::either, read);
  check("nothing but None", legacy("(" + std::string(file_size, 'N') + "t"), Verdict::either, read);
  check("marks", legacy(std::string(file_size, '(')), Verdict::either, read);
  check("places of the memo", legacy("N" + std::string(file_size, '\x94')), Verdict::either, read);
  check("a list that grows by itself", legacy("(" + std::string(file_size / 4, 'N') + "lq\1" + std::string(100, '0')),
        Verdict::either, read);
  check("tables",
        legacy("}(" + repeated([](size_t i) {
                 const std::string name = number36(i);
                 return std::string("U") + static_cast<char>(name.size()) + name + "}";
               }) +
               "u"),
        Verdict::either, read);
  check(
      "entries without content",
      [] {
        fuzz::Zip zip;
        zip.add("a/data.pkl", "\x80\x02}.");
        for (size_t i = 0; i < 65000; ++i) zip.add("a/data/" + number36(i), "");
        return zip.finish();
      }(),
      Verdict::either, read);
}

TEST_CASE("ONNX files") {
  if (!test::can_count_heap()) return test::skip("a sanitizer counts for itself");
  using namespace test;
  const auto read = [](const FileBytes& file) { read_onnx(file, "/no/such/folder/m.onnx"); };
  const auto graph = [&](const std::function<std::string(size_t)>& part) { return onnx_model(repeated(part)); };
  check("scalars", graph([](size_t i) { return onnx_tensor(number36(i), number(2, 1) + bytes(9, "1234")); }),
        Verdict::either, read);
  check("typed scalars", graph([](size_t i) { return onnx_tensor(number36(i), number(2, 1) + bytes(4, "1234")); }),
        Verdict::either, read);
  check("empty tensors", graph([](size_t i) { return onnx_tensor(number36(i), number(2, 1) + number(1, 0)); }),
        Verdict::either, read);
  check("nodes", graph([](size_t i) { return onnx_node("A", "", number36(i)); }), Verdict::either, read);
  check("empty nodes", graph([](size_t) { return bytes(1, ""); }), Verdict::either, read);
  check("inputs", graph([](size_t i) { return onnx_input(number36(i)); }), Verdict::either, read);
  check("constants", graph([](size_t i) {
          return onnx_node("A", "", number36(i),
                           bytes(5, bytes(1, "v") + bytes(5, number(2, 1) + bytes(9, "1234")) + number(20, 4)));
        }),
        Verdict::either, read);
  check("integers",
        onnx_model(
            onnx_node("A", "", "y", bytes(5, bytes(1, "v") + bytes(8, std::string(file_size, '\1')) + number(20, 7)))),
        Verdict::either, read);
  check("integers, one by one",
        onnx_model(onnx_node("A", "", "y",
                             bytes(5, bytes(1, "v") + repeated([](size_t) { return number(8, 1); }) + number(20, 7)))),
        Verdict::either, read);
  check("texts",
        onnx_model(onnx_node("A", "", "y",
                             bytes(5, bytes(1, "v") + repeated([](size_t) { return bytes(9, ""); }) + number(20, 8)))),
        Verdict::either, read);
  check("bytes as doubles",
        onnx_model(onnx_tensor("w", number(2, 7) + number(1, file_size) + bytes(7, std::string(file_size, '\1')))),
        Verdict::either, read);
  check("metadata", onnx_model("", repeated([](size_t) { return bytes(14, ""); })), Verdict::either, read);
  check("dimensions",
        onnx_model(bytes(11, bytes(1, "x") + bytes(2, bytes(1, number(1, 1) + bytes(2, repeated([](size_t) {
                                                                                      return bytes(1, "");
                                                                                    })))))),
        Verdict::either, read);
}

}  // namespace
}  // namespace dlrun::reader_memory_test
