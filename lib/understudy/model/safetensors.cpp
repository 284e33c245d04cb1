#include "understudy/model/safetensors.h"

#include <torch/types.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/core/table.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLengthBytes = 8, kMaxHeaderBytes = 100'000'000, kMaxDimensions = 16;
constexpr const char* kChecksumKey = "checksum";
constexpr const char* kHeaderChecksumKey = "header_checksum";
/// Stands before the header's own checksum; as text it cannot occur in a string, whose quotes are escaped.
constexpr std::string_view kHeaderChecksumMark = "\"header_checksum\":\"";
constexpr std::string_view kNoChecksum = "0000000000000000";

struct TypeName {
  std::string_view name;
  torch::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", torch::kFloat64},   {"F32", torch::kFloat32}, {"F16", torch::kFloat16},
                               {"BF16", torch::kBFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
                               {"I16", torch::kInt16},     {"I8", torch::kInt8},     {"U8", torch::kUInt8},
                               {"BOOL", torch::kBool}};

/// A 64-bit sum that notices flipped, moved and missing bytes; not a digest against an adversary.
class Checksum {
 public:
  void add(const void* data, std::uint64_t bytes) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (; bytes >= 8; bytes -= 8, p += 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      mix(word);
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, p, bytes);
    mix(rest ^ (bytes << 56));
  }
  std::string hex() const { return text(std::hex, std::setw(16), std::setfill('0'), sum_); }

 private:
  void mix(std::uint64_t word) {
    sum_ = (sum_ ^ word) * 0x9e3779b97f4a7c15ULL;
    sum_ ^= sum_ >> 29;
  }
  std::uint64_t sum_ = 0x6a09e667f3bcc909ULL;
};

/// The sum over a header's bytes with zeros in the place of the sum itself; empty when it has no such place.
std::string header_checksum(std::string header) {
  const std::size_t mark = header.find(kHeaderChecksumMark);
  if (mark == std::string::npos || mark + kHeaderChecksumMark.size() + kNoChecksum.size() > header.size())
    return {};
  header.replace(mark + kHeaderChecksumMark.size(), kNoChecksum.size(), kNoChecksum);
  Checksum sum;
  sum.add(header.data(), header.size());
  return sum.hex();
}

struct Entry {
  std::string name;
  torch::ScalarType type{};
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

struct Header {
  std::map<std::string, std::string> metadata;
  std::vector<Entry> entries;
  std::uint64_t data_begin = 0;
};

class Reader {
 public:
  explicit Reader(const fs::path& path) : path_(path), stream_(path, std::ios::binary) {
    std::error_code error;
    size_ = fs::file_size(path, error);
    if (error || !stream_) {
      throw Error(ErrorCode::kInput, text("cannot read ", path.string(), ": ",
                                          error ? error.message() : std::string(std::strerror(errno))));
    }
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::kFormat, text(path_.string(), " is not a whole safetensors file: ", what));
  }

  Header header() {
    if (size_ < kLengthBytes)
      refuse(text("it has ", size_, " bytes, the length of its header alone takes ", kLengthBytes));
    unsigned char bytes[kLengthBytes];
    read(bytes, kLengthBytes);
    std::uint64_t length = 0;
    for (std::uint64_t i = 0; i < kLengthBytes; ++i)
      length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    if (length > size_ - kLengthBytes)
      refuse(text("its header claims ", length, " bytes, the file has ", size_ - kLengthBytes,
                  " after the length"));
    if (length > kMaxHeaderBytes)
      refuse(text("its header has ", length, " bytes, more than ", kMaxHeaderBytes));
    std::string content(length, '\0');
    read(content.data(), length);
    return parsed(content, kLengthBytes + length);
  }

  void read(void* into, std::uint64_t bytes) {
    if (!stream_.read(static_cast<char*>(into), static_cast<std::streamsize>(bytes)))
      refuse(text("it ended ", bytes - static_cast<std::uint64_t>(stream_.gcount()), " bytes early"));
  }

 private:
  Header parsed(const std::string& content, std::uint64_t data_begin) const {
    const Json json = unique_keyed(content);
    if (!json.is_object()) refuse("its header is not a JSON object");
    Header out;
    out.data_begin = data_begin;
    for (const auto& [name, value] : json.items()) {
      if (name != "__metadata__") {
        out.entries.push_back(entry(name, value));
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

  Entry entry(const std::string& name, const Json& value) const {
    const auto field = [&](const char* key, bool array) -> const Json& {
      if (!value.is_object() || !value.contains(key) || value.at(key).is_array() != array)
        refuse(text("the tensor '", name, "' has no ", key, " as the format wants it"));
      return value.at(key);
    };
    Entry out{name, {}, {}, 0, 0};
    const Json& dtype = field("dtype", false);
    const std::string type_name = dtype.is_string() ? dtype.get<std::string>() : dtype.dump();
    const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                     [&](const TypeName& t) { return t.name == type_name; });
    if (known == std::end(kTypes)) refuse(text("the tensor '", name, "' is of the unknown type ", type_name));
    out.type = known->type;
    std::uint64_t bytes = c10::elementSize(out.type);
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

  void check_places(Header& header) const {
    std::stable_sort(header.entries.begin(), header.entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t place = 0;
    for (const Entry& e : header.entries) {
      if (e.begin != place)
        refuse(text("the tensor '", e.name, "' begins at ", e.begin, ", ",
                    e.begin < place ? "inside another" : "behind a gap", "; ", place, " was expected"));
      place = e.end;
    }
    if (place != size_ - header.data_begin)
      refuse(
          text("its tensors take ", place, " bytes, the file has ", size_ - header.data_begin, " for them"));
  }

  fs::path path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

std::string_view type_name(const std::string& name, torch::ScalarType type) {
  for (const TypeName& known : kTypes)
    if (known.type == type) return known.name;
  throw Error(ErrorCode::kBug, text("the tensor '", name, "' is of a type that cannot be written"));
}

std::string header_text(const NamedTensors& tensors, std::map<std::string, std::string> metadata) {
  Json header = Json::object();
  metadata[kHeaderChecksumKey] = kNoChecksum;
  header["__metadata__"] = metadata;
  std::uint64_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    if (header.contains(name))
      throw Error(ErrorCode::kBug, text("the tensor name '", name, "' is given twice"));
    const std::uint64_t end = begin + tensor.nbytes();
    header[name] = {{"dtype", type_name(name, tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string out = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  out.append((8 - out.size() % 8) % 8, ' ');  // aligns the data, as the format recommends
  const std::size_t place = out.find(kHeaderChecksumMark) + kHeaderChecksumMark.size();
  return out.replace(place, kNoChecksum.size(), header_checksum(out));
}

}  // namespace

const torch::Tensor* TensorFile::find(std::string_view name) const {
  const auto found = std::ranges::find(tensors, name, &NamedTensors::value_type::first);
  return found == tensors.end() ? nullptr : &found->second;
}

void write_safetensors(const fs::path& path, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  NamedTensors plain;
  Checksum checksum;
  for (const auto& [name, tensor] : tensors) {
    plain.emplace_back(name, tensor.detach().to(torch::kCPU).contiguous());
    checksum.add(plain.back().second.data_ptr(), plain.back().second.nbytes());
  }
  auto with_checksum = metadata;
  with_checksum[kChecksumKey] = checksum.hex();
  const std::string header = header_text(plain, with_checksum);
  AtomicFile file(path);
  std::ofstream stream(file.temporary(), std::ios::binary);
  errno = 0;
  for (std::uint64_t i = 0; i < kLengthBytes; ++i)
    stream.put(static_cast<char>(header.size() >> (8 * i) & 0xff));
  stream << header;
  for (const auto& [name, tensor] : plain)
    stream.write(static_cast<const char*>(tensor.data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
  stream.close();
  if (!stream) {
    throw Error(ErrorCode::kResource,
                text("cannot write ", path.string(), ": ", std::strerror(errno ? errno : EIO)),
                "free some space or choose another output folder, then run the same command again");
  }
  file.commit();
}

TensorFile read_safetensors(const fs::path& path, std::string_view only) {
  Reader reader(path);
  const Header header = reader.header();
  TensorFile out{header.metadata, {}};
  Checksum checksum;
  for (const Entry& entry : header.entries) {
    torch::Tensor tensor = torch::empty(entry.shape, entry.type);
    if (tensor.nbytes() > 0) reader.read(tensor.data_ptr(), tensor.nbytes());
    checksum.add(tensor.data_ptr(), tensor.nbytes());
    if (entry.name.starts_with(only)) out.tensors.emplace_back(entry.name, std::move(tensor));
  }
  const auto kept = header.metadata.find(kChecksumKey);
  if (kept != header.metadata.end() && kept->second != checksum.hex())
    reader.refuse(text("its data have the checksum ", checksum.hex(), ", its header says ", kept->second));
  return out;
}

std::map<std::string, std::string> read_safetensors_metadata(const fs::path& path) {
  return Reader(path).header().metadata;
}

}  // namespace understudy::model
