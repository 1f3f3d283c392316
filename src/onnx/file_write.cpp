// Writing ONNX files: the messages are built around the weights, which are written from where they lie.

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/output_file.h"
#include "onnx/check.h"
#include "onnx/file.h"
#include "onnx/proto.h"
#include "onnx/wire.h"

namespace dlrun {
namespace {

constexpr int64_t smallest_external = 1024;  // bytes; what is smaller stays in the model, as the onnx package does
constexpr uint64_t page = 4096;              // so that readers may map each weight by itself
constexpr int64_t protobuf_limit = (int64_t{2} << 30) - 1;

struct ExternalFile {
  std::string name;  // empty: there is none
  uint64_t size = 0;
  std::vector<std::pair<uint64_t, at::Tensor>> regions = {};  // in order
};

// Everything a message borrows from.
struct Writing {
  ExternalFile external = {};
  std::vector<at::Tensor> alive = {};
};

WireWriter entry_message(const std::string& key, const std::string& value) {
  WireWriter message;
  message.bytes(onnx::entry::key, key);
  message.bytes(onnx::entry::value, value);
  return message;
}

uint64_t type_number(at::ScalarType type) {
  const onnx::ElementType* found = onnx::element_type(type);
  TORCH_CHECK(found, "no ONNX type for ", c10::toString(type));
  return found->number;
}

WireWriter tensor_message(const std::string& name, const at::Tensor& value, Writing& writing, bool may_be_external) {
  TORCH_CHECK(value.defined(), "an ONNX tensor without a value: ", name);
  at::Tensor plain = value.detach().cpu().contiguous().resolve_conj().resolve_neg();
  WireWriter message;
  for (const int64_t size : plain.sizes()) message.integer(onnx::tensor::dims, size);
  message.varint(onnx::tensor::data_type, type_number(plain.scalar_type()));
  message.text(onnx::tensor::name, name);
  const auto bytes = static_cast<uint64_t>(plain.nbytes());
  if (may_be_external && !writing.external.name.empty() && plain.nbytes() >= smallest_external) {
    ExternalFile& file = writing.external;
    const uint64_t offset = (file.size + page - 1) / page * page;
    message.message(onnx::tensor::external_data, entry_message("location", file.name));
    message.message(onnx::tensor::external_data, entry_message("offset", std::to_string(offset)));
    message.message(onnx::tensor::external_data, entry_message("length", std::to_string(bytes)));
    message.varint(onnx::tensor::data_location, 1);
    file.regions.emplace_back(offset, plain);
    file.size = offset + bytes;
  } else {
    message.borrowed(onnx::tensor::raw_data, {static_cast<const std::byte*>(plain.const_data_ptr()), bytes});
    writing.alive.push_back(plain);
  }
  return message;
}

WireWriter value_info_message(const OnnxValueInfo& info) {
  WireWriter tensor, type, message;
  if (info.text) {
    tensor.varint(onnx::tensor_type::elem_type, onnx::string_type);
  } else if (info.type != at::ScalarType::Undefined) {
    tensor.varint(onnx::tensor_type::elem_type, type_number(info.type));
  }
  if (info.has_shape) {
    WireWriter shape;
    for (const OnnxDimension& size : info.shape) {
      WireWriter dimension;
      if (const auto* number = std::get_if<int64_t>(&size)) {
        dimension.integer(onnx::dimension::value, *number);
      } else {
        dimension.text(onnx::dimension::param, std::get<std::string>(size));
      }
      shape.message(onnx::shape::dim, std::move(dimension));
    }
    tensor.message(onnx::tensor_type::shape, std::move(shape));
  }
  message.bytes(onnx::value_info::name, info.name);
  if (tensor.size() == 0) return message;
  type.message(onnx::type::tensor, std::move(tensor));
  message.message(onnx::value_info::type, std::move(type));
  return message;
}

WireWriter graph_message(const OnnxGraph& graph, Writing& writing, bool top);

struct AttributeWriter {
  WireWriter& message;
  Writing& writing;
  using Type = onnx::attribute::Type;

  Type operator()(int64_t value) { return message.integer(onnx::attribute::i, value), Type::i; }
  Type operator()(float value) { return message.fixed32(onnx::attribute::f, value), Type::f; }
  Type operator()(const std::string& value) { return message.bytes(onnx::attribute::s, value), Type::s; }
  Type operator()(const at::Tensor& value) {
    message.message(onnx::attribute::t, tensor_message("", value, writing, false));
    return Type::t;
  }
  Type operator()(const std::shared_ptr<OnnxGraph>& value) {
    message.message(onnx::attribute::g, graph_message(*value, writing, false));
    return Type::g;
  }
  Type operator()(const std::vector<int64_t>& values) {
    for (const int64_t value : values) message.integer(onnx::attribute::ints, value);
    return Type::ints;
  }
  Type operator()(const std::vector<float>& values) {
    for (const float value : values) message.fixed32(onnx::attribute::floats, value);
    return Type::floats;
  }
  Type operator()(const std::vector<std::string>& values) {
    for (const std::string& value : values) message.bytes(onnx::attribute::strings, value);
    return Type::strings;
  }
};

WireWriter node_message(const OnnxNode& node, Writing& writing) {
  WireWriter message;
  for (const std::string& input : node.inputs) message.bytes(onnx::node::input, input);
  for (const std::string& output : node.outputs) message.bytes(onnx::node::output, output);
  message.text(onnx::node::name, node.name);
  message.bytes(onnx::node::op_type, node.op);
  for (const auto& [name, value] : node.attributes) {
    WireWriter attribute;
    attribute.bytes(onnx::attribute::name, name);
    const auto type = std::visit(AttributeWriter{attribute, writing}, value);
    attribute.varint(onnx::attribute::type, static_cast<uint64_t>(type));
    message.message(onnx::node::attribute, std::move(attribute));
  }
  message.text(onnx::node::domain, node.domain);
  return message;
}

WireWriter graph_message(const OnnxGraph& graph, Writing& writing, bool top) {
  WireWriter message;
  for (const OnnxNode& node : graph.nodes) message.message(onnx::graph::node, node_message(node, writing));
  message.text(onnx::graph::name, graph.name);
  for (const OnnxTensor& tensor : graph.initializers) {
    message.message(onnx::graph::initializer, tensor_message(tensor.name, tensor.value, writing, top));
  }
  for (const OnnxValueInfo& info : graph.inputs) message.message(onnx::graph::input, value_info_message(info));
  for (const OnnxValueInfo& info : graph.outputs) message.message(onnx::graph::output, value_info_message(info));
  return message;
}

WireWriter model_message(const OnnxModel& model, Writing& writing) {
  WireWriter message;
  message.integer(onnx::model::ir_version, model.ir_version);
  message.text(onnx::model::producer_name, model.producer_name);
  message.text(onnx::model::producer_version, model.producer_version);
  message.message(onnx::model::graph, graph_message(model.graph, writing, true));
  for (const auto& [domain, version] : model.opsets) {
    WireWriter opset;
    opset.bytes(onnx::opset::domain, domain);
    opset.integer(onnx::opset::version, version);
    message.message(onnx::model::opset_import, std::move(opset));
  }
  for (const auto& [key, value] : model.metadata) {
    message.message(onnx::model::metadata_props, entry_message(key, value));
  }
  return message;
}

void write_regions(FileWriter& file, const ExternalFile& external) {
  const std::string zeros(page, '\0');
  uint64_t written = 0;
  for (const auto& [offset, tensor] : external.regions) {
    file.write(std::string_view(zeros).substr(0, offset - written));
    file.write({static_cast<const std::byte*>(tensor.const_data_ptr()), static_cast<size_t>(tensor.nbytes())});
    written = offset + static_cast<uint64_t>(tensor.nbytes());
  }
}

}  // namespace

void write_onnx(const OnnxModel& model, const std::string& path, const OnnxWriteOptions& options) {
  const std::string problem = problem_of(model);
  TORCH_CHECK(problem.empty(), path, ": not a valid ONNX model: ", problem);
  Writing writing;
  WireWriter message = model_message(model, writing);
  if (static_cast<int64_t>(message.size()) > std::min(options.external_above, protobuf_limit)) {
    writing = {};
    writing.external.name = path.substr(path.find_last_of('/') + 1) + ".data";
    message = model_message(model, writing);
  }
  if (static_cast<int64_t>(message.size()) > protobuf_limit) {
    throw UserError(ExitCode::cannot_write, fmt::format("{}: the model takes {} bytes without its weights; ONNX files "
                                                        "end at 2 GiB",
                                                        path, message.size()));
  }
  require_space(parent_folder(path), message.size() + writing.external.size);
  std::optional<OutputFile> data;
  if (!writing.external.regions.empty()) {
    data.emplace(path + ".data");
    write_regions(data->writer(), writing.external);
  }
  OutputFile file(path);
  message.write(file.writer());
  if (data) {
    file.writer().sync();
    data->writer().sync();
    FileSystem::instance().remove(path);  // A crash in between must not leave the old model beside the new weights.
    data->commit();
  }
  file.commit();
}

}  // namespace dlrun
