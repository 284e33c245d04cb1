#include "understudy/dataset/seal.h"

#include "understudy/core/sha256.h"

namespace understudy::dataset {
namespace {

constexpr const char* kSeal = "content_sha256";

}  // namespace

Json sealed(Json object) {
  object.erase(kSeal);
  const std::string digest = sha256(json_text(object));
  object[kSeal] = digest;
  return object;
}

std::string seal_problem(std::string_view bytes, std::string_view where) {
  const Json object = parse_json(bytes, where);
  if (!object.is_object() || !object.contains(kSeal)) return text(where, " has lost its digest");
  if (json_text(sealed(object), 2) + "\n" == bytes) return {};
  return text(where, " was changed: its digest is not the one of its content");
}

}  // namespace understudy::dataset
