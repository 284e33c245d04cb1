#include "understudy/dataset/seal.h"

#include "understudy/core/sha256.h"

namespace understudy::dataset {
namespace {

constexpr const char* kSeal = "content_sha256";

/// `as_written` makes of the sealed object what should be there.
template <class Written>
std::string problem_of(std::string_view bytes, std::string_view where, const Written& as_written) {
  const Json object = parse_json(bytes, where);
  if (!is_sealed(object)) return text(where, " has lost its digest");
  if (as_written(sealed(object)) == bytes) return {};
  return text(where, " was changed: its digest is not the one of its content");
}

}  // namespace

Json sealed(Json object) {
  object.erase(kSeal);
  const std::string digest = sha256(json_text(object));
  object[kSeal] = digest;
  return object;
}

bool is_sealed(const Json& object) {
  return object.is_object() && object.contains(kSeal);
}

std::string seal_problem(std::string_view bytes, std::string_view where) {
  return problem_of(bytes, where, [](const Json& object) { return json_text(object, 2) + "\n"; });
}

std::string line_seal_problem(std::string_view line, std::string_view where) {
  return problem_of(line, where, [](const Json& object) { return json_text(object); });
}

}  // namespace understudy::dataset
