#include "understudy/core/safetensors_header.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "understudy/core/error.h"
#include "understudy/core/json.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLengthBytes = 8, kMaxHeaderBytes = 100'000'000, kMaxDimensions = 16;
constexpr const char* kHeaderChecksumKey = "header_checksum";
/// Stands before the header's own checksum; as text it cannot occur in a string, whose quotes are escaped.
constexpr std::string_view kHeaderChecksumMark = "\"header_checksum\":\"";
constexpr std::string_view kNoChecksum = "0000000000000000";

struct TypeSize {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr TypeSize kTypes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                               {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U8", 1},   {"BOOL", 1}};

/// The sum over a header's bytes with zeros in the place of the sum itself; empty when it has no such place.
std::string header_checksum(std::string header) {
  const std::size_t mark = header.find(kHeaderChecksumMark);
  if (mark == std::string::npos || mark + kHeaderChecksumMark.size() + kNoChecksum.size() > header.size())
    return {};
  header.replace(mark + kHeaderChecksumMark.size(), kNoChecksum.size(), kNoChecksum);
  TensorChecksum sum;
  sum.add(header.data(), header.size());
  return sum.hex();
}

/// Reads the JSON of a header.
class HeaderReader {
 public:
  HeaderReader(std::string where, std::uint64_t data_bytes)
      : where_(std::move(where)), data_bytes_(data_bytes) {}

  SafetensorsHeader read(const std::string& content) const {
    const Json json = unique_keyed(content);
    if (!json.is_object()) refuse("its header is not a JSON object");
    SafetensorsHeader out;
    for (const auto& [name, value] : json.items()) {
      if (name != "__metadata__") {
        out.tensors.push_back(tensor(name, value));
        continue;
      }
      if (!value.is_object()) refuse("its __metadata__ is not an object");
      for (const auto& [key, string] : value.items()) {
        if (!string.is_string()) refuse(text("the metadata '", key, "' is not a string"));
        out.metadata[key] = string.get<std::string>();
      }
    }
    check_places(out);
    const auto kept = out.metadata.find(kHeaderChecksumKey);
    if (kept != out.metadata.end() && kept->second != header_checksum(content))
      refuse(text("its header has the checksum ", header_checksum(content), ", it says ", kept->second));
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { refuse_safetensors(where_, what); }

  /// JSON readers keep one of two equal keys and say nothing.
  Json unique_keyed(const std::string& content) const {
    std::vector<std::set<std::string>> open;
    std::string twice;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      if (depth > 8) refuse("its header is nested too deeply");
      if (event == Json::parse_event_t::object_start) open.emplace_back();
      if (event == Json::parse_event_t::object_end) open.pop_back();
      if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second)
        twice = value.get<std::string>();
      return true;
    };
    try {
      Json json = Json::parse(content, watch);
      if (!twice.empty()) refuse(text("its header has the name '", twice, "' twice"));
      return json;
    } catch (const nlohmann::json::exception& e) {
      refuse(text("its header is not JSON (", e.what(), ")"));
    }
  }

  std::uint64_t unsigned_number(const Json& value, const std::string& name, const char* what) const {
    if (!value.is_number_unsigned())
      refuse(text("the tensor '", name, "' has ", what, " that is not a whole number from 0"));
    return value.get<std::uint64_t>();
  }

  StoredTensor tensor(const std::string& name, const Json& value) const {
    const auto field = [&](const char* key, bool array) -> const Json& {
      if (!value.is_object() || !value.contains(key) || value.at(key).is_array() != array)
        refuse(text("the tensor '", name, "' has no ", key, " as the format wants it"));
      return value.at(key);
    };
    StoredTensor out{name, {}, {}, 0, 0};
    const Json& dtype = field("dtype", false);
    out.type = dtype.is_string() ? dtype.get<std::string>() : json_text(dtype);
    const auto* known = std::ranges::find(kTypes, out.type, &TypeSize::name);
    if (known == std::end(kTypes)) refuse(text("the tensor '", name, "' is of the unknown type ", out.type));
    std::uint64_t bytes = known->bytes;
    const Json& shape = field("shape", true);
    if (shape.size() > kMaxDimensions)
      refuse(text("the tensor '", name, "' has ", shape.size(), " dimensions"));
    for (const Json& size : shape) {
      const std::uint64_t n = unsigned_number(size, name, "a size");
      if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
          __builtin_mul_overflow(bytes, n, &bytes))
        refuse(text("the tensor '", name, "' has a shape too large for any file"));
      out.shape.push_back(static_cast<std::int64_t>(n));
    }
    const Json& offsets = field("data_offsets", true);
    if (offsets.size() != 2)
      refuse(text("the tensor '", name, "' has ", offsets.size(), " data_offsets, two were expected"));
    out.begin = unsigned_number(offsets[0], name, "an offset");
    out.end = unsigned_number(offsets[1], name, "an offset");
    if (out.end < out.begin || out.end - out.begin != bytes)
      refuse(text("the tensor '", name, "' lies from ", out.begin, " to ", out.end,
                  ", its type and shape take ", bytes, " bytes"));
    return out;
  }

  void check_places(SafetensorsHeader& header) const {
    std::ranges::stable_sort(header.tensors, {},
                             [](const StoredTensor& t) { return std::pair(t.begin, t.end); });
    std::uint64_t place = 0;
    for (const StoredTensor& e : header.tensors) {
      if (e.begin != place)
        refuse(text("the tensor '", e.name, "' begins at ", e.begin, ", ",
                    e.begin < place ? "inside another" : "behind a gap", "; ", place, " was expected"));
      place = e.end;
    }
    if (place != data_bytes_)
      refuse(text("its tensors take ", place, " bytes, the file has ", data_bytes_, " for them"));
  }

  std::string where_;
  std::uint64_t data_bytes_;
};

}  // namespace

void TensorChecksum::add(const void* data, std::uint64_t bytes) {
  const auto* p = static_cast<const unsigned char*>(data);
  for (; bytes >= 8; bytes -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (bytes > 0) std::memcpy(&rest, p, bytes);
  mix(rest ^ (bytes << 56));
}

std::string TensorChecksum::hex() const {
  return text(std::hex, std::setw(16), std::setfill('0'), sum_);
}

void TensorChecksum::mix(std::uint64_t word) {
  sum_ = (sum_ ^ word) * 0x9e3779b97f4a7c15ULL;
  sum_ ^= sum_ >> 29;
}

void refuse_safetensors(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kFormat, text(where, " is not a whole safetensors file: ", what));
}

SafetensorsHeader read_safetensors_header(std::istream& in, std::uint64_t file_bytes,
                                          const std::string& where) {
  if (file_bytes < kLengthBytes)
    refuse_safetensors(
        where, text("it has ", file_bytes, " bytes, the length of its header alone takes ", kLengthBytes));
  const std::uint64_t rest = file_bytes - kLengthBytes;
  unsigned char bytes[kLengthBytes] = {};
  in.read(reinterpret_cast<char*>(bytes), kLengthBytes);
  std::uint64_t length = 0;
  for (std::uint64_t i = 0; i < kLengthBytes; ++i) length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  if (length > rest)
    refuse_safetensors(
        where, text("its header claims ", length, " bytes, the file has ", rest, " after the length"));
  if (length > kMaxHeaderBytes)
    refuse_safetensors(where, text("its header has ", length, " bytes, more than ", kMaxHeaderBytes));
  std::string content(length, '\0');
  if (!in.read(content.data(), static_cast<std::streamsize>(length)))
    refuse_safetensors(where, "it ended within its header");
  return HeaderReader(where, rest - length).read(content);
}

SafetensorsHeader read_safetensors_header(const fs::path& path, std::ifstream& in) {
  in.open(path, std::ios::binary);
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(path, error);
  if (error || !in)
    throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ",
                                        error ? error.message() : std::string(std::strerror(errno))));
  return read_safetensors_header(in, bytes, path.string());
}

std::string safetensors_header_bytes(const SafetensorsHeader& header) {
  Json json = Json::object();
  auto metadata = header.metadata;
  metadata[kHeaderChecksumKey] = kNoChecksum;
  json["__metadata__"] = metadata;
  for (const StoredTensor& tensor : header.tensors) {
    if (json.contains(tensor.name))
      throw Error(ErrorCode::kBug, text("the tensor name '", tensor.name, "' is given twice"));
    json[tensor.name] = {
        {"dtype", tensor.type}, {"shape", tensor.shape}, {"data_offsets", {tensor.begin, tensor.end}}};
  }
  std::string content = json_text(json);
  content.append((8 - content.size() % 8) % 8, ' ');  // aligns the data, as the format recommends
  const std::size_t place = content.find(kHeaderChecksumMark) + kHeaderChecksumMark.size();
  content.replace(place, kNoChecksum.size(), header_checksum(content));
  std::string out;
  for (std::uint64_t i = 0; i < kLengthBytes; ++i) out += static_cast<char>(content.size() >> (8 * i) & 0xff);
  return out + content;
}

}  // namespace understudy
