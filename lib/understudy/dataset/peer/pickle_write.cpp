#include <algorithm>
#include <cstring>

#include "understudy/core/big_endian.h"
#include "understudy/core/text.h"
#include "understudy/dataset/peer/pickle.h"

namespace understudy::dataset {
namespace {

std::string little(std::uint64_t value, int count) {
  std::string out = big_endian(value, count);
  std::ranges::reverse(out);
  return out;
}

std::string text_value(const std::string& value) {
  return text("X", little(value.size(), 4), value);
}

std::string number_value(const Json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    std::uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof bits);
    return text("G", big_endian(bits, 8));
  }
  return "\x8a\x08" + little(static_cast<std::uint64_t>(value.get<std::int64_t>()), 8);
}

/// A numpy array of one dimension.
std::string bytes_value(const Json::binary_t& bytes) {
  const std::string type = std::string("cnumpy\ndtype\n") + text_value("u1") + "\x89\x88\x87R(K\x03" +
                           text_value("|") + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK" + std::string(1, '\0') +
                           "tb";
  return "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK" + std::string(1, '\0') +
         "\x85"
         "C\x01"
         "b\x87R(K\x01J" +
         little(bytes.size(), 4) + "\x85" + type +
         "\x89"
         "B" +
         little(bytes.size(), 4) + std::string(bytes.begin(), bytes.end()) + "tb";
}

std::string value_of(const Json& value) {
  if (value.is_null()) return "N";
  if (value.is_boolean()) return value.get<bool>() ? "\x88" : "\x89";
  if (value.is_number()) return number_value(value);
  if (value.is_string()) return text_value(value.get<std::string>());
  if (value.is_binary()) return bytes_value(value.get_binary());
  std::string out = value.is_object() ? "}(" : "](";
  for (const auto& [key, part] : value.items())
    out += (value.is_object() ? text_value(key) : "") + value_of(part);
  return out + (value.is_object() ? "u" : "e");
}

}  // namespace

std::string write_pickle(const Json& value) {
  return "\x80\x03" + value_of(value) + ".";
}

}  // namespace understudy::dataset
