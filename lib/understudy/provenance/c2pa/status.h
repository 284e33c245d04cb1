#pragma once

#include <string>
#include <vector>

namespace understudy::provenance::c2pa {

/// One remark about a manifest, in the words of the standard (C2PA 2.2, 15.2).
struct Status {
  std::string code;         ///< "assertion.hashedURI.mismatch"
  std::string url;          ///< what it is about: a JUMBF URI, or empty
  std::string explanation;  ///< a sentence; it may hold text from the file
  bool operator==(const Status&) const = default;
};

struct Findings {
  std::vector<Status> success;
  std::vector<Status> informational;
  std::vector<Status> failure;
};

}  // namespace understudy::provenance::c2pa
