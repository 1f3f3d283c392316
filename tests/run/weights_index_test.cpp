// Indices of safetensors files: transformers' is read and written byte for byte, hostile ones are refused.

#include "run/weights_index.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "support.h"

namespace dlrun::weights_index_test {
namespace {

std::string problem_of(const std::string& text) {
  try {
    parse_weights_index("w", text);
    return "accepted";
  } catch (const UserError& error) {
    CHECK(error.code() == ExitCode::bad_data);
    const std::string message = error.what(), start = "w: not a valid index of files of weights: ";
    CHECK(message.starts_with(start));
    return message.substr(start.size());
  }
}

TEST_CASE("transformers' index is read, and written again as the same bytes") {
  const std::string text =
      test::read_bytes(test::source_dir() / "tests/golden/weights/gpt2_shards/model.safetensors.index.json");
  const WeightsIndex index = parse_weights_index("w", text);
  CHECK(index.files.size() == 4);
  CHECK(index.files[2] == "model-00003-of-00004.safetensors");
  CHECK(index.tensors.size() == 28);
  CHECK(index.total_size == 27840);
  CHECK(weights_index_text(index, 6960) == text);
}

TEST_CASE("what is no index is refused with the reason") {
  const auto map = [](const std::string& entries) { return "{\"weight_map\":{" + entries + "}}"; };
  const std::pair<std::string, std::string> table[] = {
      {map("\"a\":\"m.safetensors\""), "accepted"},
      {map(""), "its weight_map names no tensor"},
      {"{\"metadata\":{\"total_size\":1.5,\"note\":null},\"weight_map\":{\"a\":\"m.safetensors\"},\"other\":true}",
       "accepted"},
      {"", "not valid JSON at its byte 1"},
      {"{\"weight_map\":{}", "not valid JSON at its byte 17"},
      {"[]", "a list where the format has none ('')"},
      {"7", "a number where the format has none ('')"},
      {"{}", "it has no weight_map"},
      {"{\"weight_map\":{},\"weight_map\":{}}", "'weight_map' stands there twice"},
      {"{\"weight_map\":[]}", "a list where the format has none ('weight_map')"},
      {"{\"metadata\":{\"a\":{}},\"weight_map\":{}}", "an object where the format has none ('a')"},
      {map("\"a\":\"m.safetensors\",\"a\":\"n.safetensors\""), "tensor 'a' stands there twice"},
      {map("\"a\":1"), "a number where the format has none ('a')"},
      {map("\"a\":null"), "null where the format has none ('a')"},
      {map("\"a\":{}"), "an object where the format has none ('a')"},
      {map("\"a\":[\"m.safetensors\"]"), "a list where the format has none ('a')"},
      {map("\"a\":\"\""), "tensor 'a' is in '', but files must lie beside the index"},
      {map("\"a\":\"..\""), "tensor 'a' is in '..', but files must lie beside the index"},
      {map("\"a\":\"../m.safetensors\""), "tensor 'a' is in '../m.safetensors', but files must lie beside the index"},
      {map("\"a\":\"/etc/m.safetensors\""),
       "tensor 'a' is in '/etc/m.safetensors', but files must lie beside the index"},
      {map("\"a\":\"b\\\\m.safetensors\""), "tensor 'a' is in 'b\\m.safetensors', but files must lie beside the index"},
      {map("\"a\":\"m\\u0000.safetensors\""), "tensor 'a' is in 'm?.safetensors', but files must lie beside the index"},
      {map("\"a\":\"passwd\""),
       "tensor 'a' is in 'passwd', which is no safetensors file and no PyTorch file (.bin, .pt, .pth)"},
      {std::string(100000, '['), "a list where the format has none ('')"},
      {"{\"a\":" + std::string(100000, '{'), "an object where the format has none ('a')"},
  };
  for (const auto& [text, problem] : table) {
    INFO(text.substr(0, 100));
    CHECK(problem_of(text) == problem);
  }
}

}  // namespace
}  // namespace dlrun::weights_index_test
