#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace understudy::model {

/// Writes a network as ONNX (onnx.ai; IR version 6, the standard operators of version 11): as much of the
/// format as our networks need.
///
/// A file is one protobuf message, ModelProto. A message is a row of fields; each begins with a varint of
/// its number * 8 + its kind: 0 a varint follows, 2 a length and that many bytes (a text, a message, numbers
/// one after the other), 5 four bytes of a float. Numbers of the fields are in onnx_format.cpp, from
/// onnx.proto.
class OnnxWriter {
 public:
  using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;

  /// float32; a side of -1 is free and called "N".
  void add_input(std::string_view name, const std::vector<std::int64_t>& shape);
  void add_output(std::string_view name, const std::vector<std::int64_t>& shape);
  /// A constant, row by row.
  void add_constant(std::string_view name, const std::vector<std::int64_t>& shape, const float* values);
  void add_constant(std::string_view name, const std::vector<std::int64_t>& values);
  /// A step that makes the value `output`; values must be made before they are used.
  void add_node(std::string_view op, const std::vector<std::string>& inputs, std::string_view output,
                const std::map<std::string, Attribute>& attributes = {});
  void add_metadata(std::string_view key, std::string_view value);

  /// The file. Throws Error kResource beyond the 2 GiB that a protobuf message may have.
  std::string finished(std::string_view graph_name, std::string_view producer_version,
                       std::string_view description) const;

 private:
  std::string nodes_and_constants_, inputs_, outputs_, metadata_;
};

}  // namespace understudy::model
