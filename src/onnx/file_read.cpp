// Reading ONNX files. Every length is checked before it is followed, and memory is counted before it is taken.

#include <fmt/format.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "onnx/check.h"
#include "onnx/file.h"
#include "onnx/proto.h"
#include "onnx/tensor_read.h"
#include "onnx/wire.h"

namespace dlrun {
namespace {

using Bytes = std::string_view;
constexpr int64_t oldest_ir = 3, newest_ir = 14;
constexpr int deepest_subgraph = 16;
constexpr uint64_t small_file_memory = uint64_t{16}
                                       << 20;  // A small file may take this much: ten times nothing is nothing.

// How often a field occurs: vectors are made in one piece, and paid for before.
template <class Element>
void reserve(std::vector<Element>& list, Bytes message, uint32_t field, const WirePlace& place, OnnxReading& reading) {
  size_t count = 0;
  WireReader reader(message, place);
  while (reader.next()) count += reader.field() == field;
  reading.take_memory(count * sizeof(Element), place);
  list.reserve(count);
}

std::string text(WireReader& reader, const WirePlace& place, OnnxReading& reading) {
  std::string value = reader.utf8();
  if (value.size() > 15) reading.take_memory(value.size() + 17, place);
  return value;
}

std::string domain_of(std::string name) { return name == "ai.onnx" ? "" : name; }

std::pair<std::string, std::string> read_entry(Bytes bytes, const WirePlace& place, OnnxReading& reading) {
  std::pair<std::string, std::string> result;
  WireReader reader(bytes, place);
  while (reader.next()) {
    if (reader.field() == onnx::entry::key) result.first = text(reader, place, reading);
    if (reader.field() == onnx::entry::value) result.second = text(reader, place, reading);
  }
  return result;
}

OnnxDimension read_dimension(Bytes bytes, const WirePlace& place, OnnxReading& reading) {
  OnnxDimension size = std::string();
  WireReader reader(bytes, place);
  while (reader.next()) {
    if (reader.field() == onnx::dimension::value) size = reader.integer();
    if (reader.field() == onnx::dimension::param) size = text(reader, place, reading);
  }
  // What some exporters write for a size they do not know; as a name it would make all of these sizes one.
  constexpr std::string_view nothing[] = {"?", "-1", "None"};
  const auto* number = std::get_if<int64_t>(&size);
  const bool unknown =
      number ? *number < 0 : std::count(std::begin(nothing), std::end(nothing), std::get<std::string>(size)) > 0;
  return unknown ? OnnxDimension(std::string()) : size;
}

void read_tensor_type(Bytes bytes, OnnxValueInfo& info, const WirePlace& place, OnnxReading& reading) {
  WireReader reader(bytes, place);
  while (reader.next()) {
    if (reader.field() == onnx::tensor_type::elem_type) {
      const uint64_t number = reader.varint();
      const onnx::ElementType* type = onnx::element_type(number);
      info.text = number == onnx::string_type;
      if (!type || (number != 0 && !type->type && !info.text)) {
        reader.fail(fmt::format("values of type {} are not supported", type ? type->name : std::to_string(number)));
      }
      info.type = type->type.value_or(at::ScalarType::Undefined);
    } else if (reader.field() == onnx::tensor_type::shape) {
      const Bytes shape = reader.bytes();
      info.has_shape = true;
      info.shape.clear();
      reserve(info.shape, shape, onnx::shape::dim, place, reading);
      WireReader dimensions(shape, place);
      while (dimensions.next()) {
        if (dimensions.field() != onnx::shape::dim) continue;
        info.shape.push_back(read_dimension(dimensions.bytes(), place, reading));
      }
    }
  }
}

OnnxValueInfo read_value_info(Bytes bytes, WirePlace place, OnnxReading& reading) {
  OnnxValueInfo info;
  info.type = at::ScalarType::Undefined;
  info.has_shape = false;
  WireReader reader(bytes, place);
  while (reader.next()) {
    if (reader.field() == onnx::value_info::name) {
      info.name = text(reader, place, reading);
      place.name = info.name;
    } else if (reader.field() == onnx::value_info::type) {
      WireReader type(reader.bytes(), place);
      while (type.next()) {
        switch (type.field()) {
          case onnx::type::tensor:
            read_tensor_type(type.bytes(), info, place, reading);
            break;
          case onnx::type::sequence:
            type.fail("values that are sequences are not supported");
          case onnx::type::map:
            type.fail("values that are maps are not supported");
          case onnx::type::sparse_tensor:
            type.fail("values that are sparse tensors are not supported");
          case onnx::type::optional:
            type.fail("values that are optional are not supported");
        }
      }
    }
  }
  return info;
}

OnnxGraph read_graph(Bytes bytes, const WirePlace& place, OnnxReading& reading, int depth);

template <class Number>
void add_numbers(WireReader& reader, std::vector<Number>& list, const WirePlace& place, OnnxReading& reading) {
  auto add = [&](Number number) {
    // Doubled while it grows: the old and the new together are three times what is there.
    if (list.size() == list.capacity()) reading.take_memory(3 * sizeof(Number) * (list.size() + 1), place);
    list.push_back(number);
  };
  if constexpr (std::is_same_v<Number, float>) {
    const Bytes numbers = reader.number_bytes();
    if (numbers.size() % sizeof(float) != 0) reader.fail("its numbers are cut short");
    for (size_t i = 0; i < numbers.size(); i += sizeof(float)) {
      float number = 0;
      std::memcpy(&number, numbers.data() + i, sizeof number);
      add(number);
    }
  } else if (!reader.packed()) {
    add(reader.integer());
  } else {
    uint64_t number = 0;
    for (Bytes rest = reader.bytes(); !rest.empty(); add(static_cast<int64_t>(number))) {
      if (!next_packed(rest, number)) reader.fail("its numbers are cut short");
    }
  }
}

struct AttributeReader {
  OnnxReading& reading;
  int depth;
  WirePlace place;
  std::string name = {};
  uint64_t type = 0;

  // What kind of value the attribute holds: by its type, or by the one field that is there in files before IR 2.
  void read_head(Bytes bytes) {
    WireReader reader(bytes, place);
    uint32_t last = 0;
    while (reader.next()) {
      if (reader.field() == onnx::attribute::name) {
        name = text(reader, place, reading);
        place.name = name;
      } else if (reader.field() == onnx::attribute::type) {
        type = reader.varint();
      } else if (reader.field() == onnx::attribute::ref_attr_name) {
        reader.fail("references to the attributes of a function are not supported");
      } else if (reader.field() >= onnx::attribute::f && reader.field() <= onnx::attribute::strings) {
        last = reader.field();
      }
    }
    if (type == 0) type = last == 0 ? 0 : last - 1;  // The types count as the fields do.
    if (type == 0) reader.fail("it holds nothing");
    if (type > static_cast<uint64_t>(onnx::attribute::Type::strings)) {
      const bool known = type < std::size(onnx::attribute::type_names);
      reader.fail(fmt::format("attributes of type {} are not supported",
                              known ? onnx::attribute::type_names[type] : std::to_string(type)));
    }
  }

  OnnxAttributeValue empty() const {
    using Type = onnx::attribute::Type;
    switch (static_cast<Type>(type)) {
      case Type::f:
        return 0.0f;
      case Type::s:
        return std::string();
      case Type::t:
        return at::Tensor();
      case Type::g:
        return std::shared_ptr<OnnxGraph>();
      case Type::floats:
        return std::vector<float>();
      case Type::ints:
        return std::vector<int64_t>();
      case Type::strings:
        return std::vector<std::string>();
      default:
        return int64_t{0};
    }
  }

  OnnxAttributeValue read_value(Bytes bytes) {
    OnnxAttributeValue value = empty();
    const uint32_t field = static_cast<uint32_t>(type) + 1;
    if (auto* texts = std::get_if<std::vector<std::string>>(&value)) reserve(*texts, bytes, field, place, reading);
    WireReader reader(bytes, place);
    while (reader.next()) {
      if (reader.field() != field) continue;
      switch (field) {
        case onnx::attribute::f:
          value = reader.fixed32();
          break;
        case onnx::attribute::i:
          value = reader.integer();
          break;
        case onnx::attribute::s:
          value = text(reader, place, reading);
          break;
        case onnx::attribute::t:
          value = read_onnx_tensor(reader.bytes(), place, reading).value;
          break;
        case onnx::attribute::g:
          if (depth == deepest_subgraph) reader.fail(fmt::format("subgraphs deeper than {} levels", deepest_subgraph));
          reading.take_memory(sizeof(OnnxGraph) + 32, place);
          value = std::make_shared<OnnxGraph>(read_graph(reader.bytes(), place, reading, depth + 1));
          break;
        case onnx::attribute::floats:
          add_numbers(reader, std::get<std::vector<float>>(value), place, reading);
          break;
        case onnx::attribute::ints:
          add_numbers(reader, std::get<std::vector<int64_t>>(value), place, reading);
          break;
        case onnx::attribute::strings:
          std::get<std::vector<std::string>>(value).push_back(text(reader, place, reading));
          break;
      }
    }
    const auto* tensor = std::get_if<at::Tensor>(&value);
    const auto* graph = std::get_if<std::shared_ptr<OnnxGraph>>(&value);
    if ((tensor && !tensor->defined()) || (graph && !*graph)) throw WireError(place, "it holds nothing");
    return value;
  }
};

OnnxNode read_node(Bytes bytes, WirePlace place, OnnxReading& reading, int depth) {
  OnnxNode node;
  reserve(node.inputs, bytes, onnx::node::input, place, reading);
  reserve(node.outputs, bytes, onnx::node::output, place, reading);
  reserve(node.attributes, bytes, onnx::node::attribute, place, reading);
  WireReader names(bytes, place);
  while (names.next()) {
    if (names.field() == onnx::node::name) node.name = text(names, place, reading);
    if (names.field() == onnx::node::op_type) node.op = text(names, place, reading);
  }
  place.name = node.name.empty() ? node.op : node.name;
  WireReader reader(bytes, place);
  while (reader.next()) {
    switch (reader.field()) {
      case onnx::node::input:
        node.inputs.push_back(text(reader, place, reading));
        break;
      case onnx::node::output:
        reading.take_memory(64, place);  // The check remembers each name.
        node.outputs.push_back(text(reader, place, reading));
        break;
      case onnx::node::domain:
        node.domain = domain_of(text(reader, place, reading));
        break;
      case onnx::node::overload:
        if (!reader.bytes().empty()) reader.fail("functions are not supported");
        break;
      case onnx::node::attribute: {
        const Bytes attribute = reader.bytes();
        AttributeReader inner{reading, depth, {&place, "attribute"}};
        inner.read_head(attribute);
        OnnxAttributeValue value = inner.read_value(attribute);
        node.attributes.emplace_back(inner.name, std::move(value));
        break;
      }
    }
  }
  return node;
}

OnnxGraph read_graph(Bytes bytes, const WirePlace& place, OnnxReading& reading, int depth) {
  OnnxGraph graph;
  reserve(graph.nodes, bytes, onnx::graph::node, place, reading);
  reserve(graph.initializers, bytes, onnx::graph::initializer, place, reading);
  reserve(graph.inputs, bytes, onnx::graph::input, place, reading);
  reserve(graph.outputs, bytes, onnx::graph::output, place, reading);
  auto at = [&](std::string_view field, size_t index) { return WirePlace{&place, field, static_cast<int64_t>(index)}; };
  WireReader reader(bytes, place);
  while (reader.next()) {
    switch (reader.field()) {
      case onnx::graph::node:
        graph.nodes.push_back(read_node(reader.bytes(), at("node", graph.nodes.size()), reading, depth));
        break;
      case onnx::graph::name:
        graph.name = text(reader, place, reading);
        break;
      case onnx::graph::initializer:
        graph.initializers.push_back(
            read_onnx_tensor(reader.bytes(), at("initializer", graph.initializers.size()), reading));
        break;
      case onnx::graph::input:
        graph.inputs.push_back(read_value_info(reader.bytes(), at("input", graph.inputs.size()), reading));
        break;
      case onnx::graph::output:
        graph.outputs.push_back(read_value_info(reader.bytes(), at("output", graph.outputs.size()), reading));
        break;
      case onnx::graph::sparse_initializer:
        reader.fail("sparse tensors are not supported");
      case onnx::graph::quantization_annotation:
        reader.fail("quantization annotations are not supported");
    }
  }
  return graph;
}

void read_opset(Bytes bytes, OnnxModel& model, const WirePlace& place) {
  std::string domain;
  int64_t version = 0;
  WireReader reader(bytes, place);
  while (reader.next()) {
    if (reader.field() == onnx::opset::domain) domain = domain_of(reader.utf8());
    if (reader.field() == onnx::opset::version) version = reader.integer();
  }
  if (version < 1) reader.fail(fmt::format("opset {} of domain '{}' is none", version, domain));
  if (!model.opsets.emplace(domain, version).second) reader.fail(fmt::format("domain '{}' stands there twice", domain));
}

OnnxModel read_model(Bytes bytes, OnnxReading& reading) {
  OnnxModel model;
  model.ir_version = 0;
  model.opsets.clear();
  const WirePlace top;
  bool has_graph = false;
  reserve(model.metadata, bytes, onnx::model::metadata_props, top, reading);
  WireReader reader(bytes, top);
  while (reader.next()) {
    switch (reader.field()) {
      case onnx::model::ir_version:
        model.ir_version = reader.integer();
        break;
      case onnx::model::producer_name:
        model.producer_name = text(reader, top, reading);
        break;
      case onnx::model::producer_version:
        model.producer_version = text(reader, top, reading);
        break;
      case onnx::model::graph: {
        if (std::exchange(has_graph, true)) reader.fail("it holds two graphs");
        const WirePlace place{&top, "graph"};
        model.graph = read_graph(reader.bytes(), place, reading, 0);
        break;
      }
      case onnx::model::opset_import: {
        const WirePlace place{&top, "opset_import", static_cast<int64_t>(model.opsets.size())};
        reading.take_memory(128, place);
        read_opset(reader.bytes(), model, place);
        break;
      }
      case onnx::model::metadata_props: {
        const WirePlace place{&top, "metadata_props", static_cast<int64_t>(model.metadata.size())};
        model.metadata.push_back(read_entry(reader.bytes(), place, reading));
        break;
      }
      case onnx::model::training_info:
        reader.fail("training information is not supported");
      case onnx::model::functions:
        reader.fail("functions are not supported");
    }
  }
  if (model.ir_version == 0 || !has_graph) reader.fail("it holds no graph, or says no ir_version");
  if (model.ir_version < oldest_ir || model.ir_version > newest_ir) {
    reader.fail(fmt::format("ir_version {} is not among {} to {}", model.ir_version, oldest_ir, newest_ir));
  }
  if (model.opsets.empty()) reader.fail("it says no opset");
  return model;
}

}  // namespace

OnnxModel read_onnx(const FileBytes& file, const std::string& path) {
  auto refuse = [&](const std::string& what) -> UserError {
    return {ExitCode::bad_data, fmt::format("{}: not a valid ONNX file: {}", path, what)};
  };
  OnnxReading reading{file.owner, ExternalData(parent_folder(path)),
                      std::max<uint64_t>(small_file_memory, 9 * uint64_t{file.bytes.size()})};
  try {
    if (file.bytes.empty()) throw refuse("it is empty");
    OnnxModel model = read_model(file.text(), reading);
    std::string problem = problem_of(model);
    if (!problem.empty()) throw refuse(problem);
    return model;
  } catch (const WireError& error) {
    throw refuse(error.what());
  }
}

OnnxModel read_onnx(const std::string& path) { return read_onnx(FileSystem::instance().map(path), path); }

}  // namespace dlrun
