#include "understudy/model/onnx_format.h"

#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "understudy/core/error.h"

namespace understudy::model {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::int64_t kIrVersion = 6, kOperatorVersion = 11;
constexpr std::int64_t kFloatTensor = 1, kInt64Tensor = 7;                            // TensorProto.DataType
constexpr std::int64_t kFloatAttribute = 1, kIntAttribute = 2, kStringAttribute = 3;  // AttributeProto
constexpr std::int64_t kIntsAttribute = 7;                                            // .AttributeType

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
  return out;
}

std::string field_start(int number, int kind) {
  return varint(static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(kind));
}

void append_number(std::string& message, int number, std::int64_t value) {
  message += field_start(number, 0) + varint(static_cast<std::uint64_t>(value));
}

void append_bytes(std::string& message, int number, std::string_view bytes) {
  message += field_start(number, 2);
  message += varint(bytes.size());
  message += bytes;
}

void append_float(std::string& message, int number, float value) {
  message += field_start(number, 5);
  message.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Of AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20.
std::string attribute_message(std::string_view name, const OnnxWriter::Attribute& attribute) {
  std::string out;
  append_bytes(out, 1, name);
  std::visit(
      [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::int64_t>) {
          append_number(out, 3, value);
          append_number(out, 20, kIntAttribute);
        } else if constexpr (std::is_same_v<Value, double>) {
          append_float(out, 2, static_cast<float>(value));
          append_number(out, 20, kFloatAttribute);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          append_bytes(out, 4, value);
          append_number(out, 20, kStringAttribute);
        } else {
          for (const std::int64_t number : value) append_number(out, 8, number);
          append_number(out, 20, kIntsAttribute);
        }
      },
      attribute);
  return out;
}

/// ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1 of elem_type 1 and shape 2; TensorShapeProto: dim
/// 1; a dimension's value 1 or name 2.
std::string value_message(std::string_view name, const std::vector<std::int64_t>& shape) {
  std::string sides;
  for (const std::int64_t side : shape) {
    std::string dimension;
    if (side >= 0)
      append_number(dimension, 1, side);
    else
      append_bytes(dimension, 2, "N");
    append_bytes(sides, 1, dimension);
  }
  std::string tensor, type, out;
  append_number(tensor, 1, kFloatTensor);
  append_bytes(tensor, 2, sides);
  append_bytes(type, 1, tensor);
  append_bytes(out, 1, name);
  append_bytes(out, 2, type);
  return out;
}

/// TensorProto: dims 1, data_type 2, name 8, raw_data 9.
std::string tensor_message(std::string_view name, const std::vector<std::int64_t>& shape, std::int64_t type,
                           std::string_view data) {
  std::string out;
  for (const std::int64_t side : shape) append_number(out, 1, side);
  append_number(out, 2, type);
  append_bytes(out, 8, name);
  append_bytes(out, 9, data);
  return out;
}

// Fields of GraphProto.
constexpr int kNode = 1, kGraphName = 2, kInitializer = 5, kInput = 11, kOutput = 12;

}  // namespace

void OnnxWriter::add_input(std::string_view name, const std::vector<std::int64_t>& shape) {
  append_bytes(inputs_, kInput, value_message(name, shape));
}

void OnnxWriter::add_output(std::string_view name, const std::vector<std::int64_t>& shape) {
  append_bytes(outputs_, kOutput, value_message(name, shape));
}

void OnnxWriter::add_constant(std::string_view name, const std::vector<std::int64_t>& shape,
                              const float* values) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) count *= static_cast<std::size_t>(side);
  const std::string_view data(reinterpret_cast<const char*>(values), count * sizeof *values);
  append_bytes(nodes_and_constants_, kInitializer, tensor_message(name, shape, kFloatTensor, data));
}

void OnnxWriter::add_constant(std::string_view name, const std::vector<std::int64_t>& values) {
  const std::string_view data(reinterpret_cast<const char*>(values.data()),
                              values.size() * sizeof(std::int64_t));
  append_bytes(nodes_and_constants_, kInitializer,
               tensor_message(name, {static_cast<std::int64_t>(values.size())}, kInt64Tensor, data));
}

/// NodeProto: input 1, output 2, name 3, op_type 4, attribute 5.
void OnnxWriter::add_node(std::string_view op, const std::vector<std::string>& inputs,
                          std::string_view output, const std::map<std::string, Attribute>& attributes) {
  std::string node;
  for (const std::string& input : inputs) append_bytes(node, 1, input);
  append_bytes(node, 2, output);
  append_bytes(node, 3, output);
  append_bytes(node, 4, op);
  for (const auto& [name, value] : attributes) append_bytes(node, 5, attribute_message(name, value));
  append_bytes(nodes_and_constants_, kNode, node);
}

/// StringStringEntryProto: key 1, value 2; ModelProto's metadata_props is 14.
void OnnxWriter::add_metadata(std::string_view key, std::string_view value) {
  std::string entry;
  append_bytes(entry, 1, key);
  append_bytes(entry, 2, value);
  append_bytes(metadata_, 14, entry);
}

/// ModelProto: ir_version 1, producer_name 2, producer_version 3, doc_string 6, graph 7, opset_import 8
/// (domain 1, version 2), metadata_props 14.
std::string OnnxWriter::finished(std::string_view graph_name, std::string_view producer_version,
                                 std::string_view description) const {
  std::string name, operators, out;
  append_bytes(name, kGraphName, graph_name);
  append_bytes(operators, 1, "");
  append_number(operators, 2, kOperatorVersion);
  append_number(out, 1, kIrVersion);
  append_bytes(out, 2, "understudy");
  append_bytes(out, 3, producer_version);
  append_bytes(out, 6, description);
  append_bytes(out, 8, operators);
  out += metadata_;
  const std::size_t graph_bytes =
      nodes_and_constants_.size() + name.size() + inputs_.size() + outputs_.size();
  if (out.size() + graph_bytes > std::numeric_limits<std::int32_t>::max())
    throw Error(ErrorCode::kResource,
                "the network does not fit into an ONNX file, which holds at most 2 GiB");
  out += field_start(7, 2) + varint(graph_bytes);
  out.reserve(out.size() + graph_bytes);
  return out.append(name).append(nodes_and_constants_).append(inputs_).append(outputs_);
}

}  // namespace understudy::model
