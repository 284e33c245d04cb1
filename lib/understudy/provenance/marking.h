#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/provenance/consent.h"

namespace understudy::provenance {

/// IPTC's term for a composite with elements made by a trained model (NewsCodes "digitalsourcetype").
inline constexpr std::string_view kDigitalSourceType =
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";

/// What a delivered file says of one consent. It can name a person only through `credit`.
struct MarkedConsent {
  std::string id;
  Role role = Role::kLikeness;
  std::string basis;
  std::string credit;  ///< the subject's name where the record grants public credit, else empty
  bool operator==(const MarkedConsent&) const = default;
};

/// The public part of a consent: the subject's name is left out unless the record grants public credit.
MarkedConsent marked_consent(const ConsentSummary& consent);

/// What a delivered file says about itself.
struct Marking {
  std::string program_version;  ///< of the Understudy that made it; see understudy::version()
  std::string model_sha256;     ///< digest of the model, empty when not known
  std::string source_sha256;    ///< digest of the plate's file, empty when not known
  std::vector<MarkedConsent> consents;
  std::string label = {};  ///< what a visible label in the picture says; empty: there is none
  bool operator==(const Marking&) const = default;
};

/// Whether a consent of the marking is for tests only.
bool is_internal_test(const Marking& marking);

/// One line for people, and the same as JSON for programs behind it:
/// "Made with Understudy 0.1.0: a face ... {"format":"understudy-marking",...}".
std::string marking_text(const Marking& marking);

/// The key/value pairs for a container's metadata or a picture's attributes. "comment" and "description" both
/// hold marking_text(), since MOV keeps only the first and TIFF only the second; "digital_source_type" holds
/// the URI.
std::map<std::string, std::string> marking_metadata(const Marking& marking);

/// The inverse: looks into every value, whatever its key, since containers rename keys. Nothing when no value
/// holds a marking. Throws Error kFormat when one does and is broken or of a newer version, or when two
/// contradict each other.
std::optional<Marking> find_marking(const std::map<std::string, std::string>& metadata);

/// The form of a sidecar file: {"format":"understudy-marking","version":1,...}.
Json to_json(const Marking& marking);
/// Throws Error kFormat, naming `where` and the field.
Marking marking_from_json(const Json& json, std::string_view where);

}  // namespace understudy::provenance
