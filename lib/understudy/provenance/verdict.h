#pragma once

#include <optional>
#include <string_view>

namespace understudy::provenance {

/// Whether a delivered file is what was signed.
enum class Integrity {
  kIntact,      ///< signature and digests hold
  kChanged,     ///< some do not
  kUnreadable,  ///< content credentials of a kind that is not read here
  kUnsigned,    ///< no content credentials
};

/// Who vouches for the signature.
enum class Voucher {
  kTrustedRoot,  ///< a root that was given
  kSelfIssued,   ///< the authority of this very computer: nobody checked who it is
  kUnknown,      ///< nobody known
  kNone,         ///< nobody signed
};

/// "a trusted root vouches for the signer", and so on.
const char* voucher_words(Voucher voucher);

/// What the pictures themselves say.
enum class PictureMark {
  kNotLookedFor,
  kNotFound,
  kOfThis,     ///< it names the file's own manifest
  kOfPlate,    ///< the file's own manifest says that the plate carried it
  kOfAnother,  ///< it names another manifest, or there is none to compare it with
};

/// What a verdict goes by.
struct DeliveryFindings {
  Integrity integrity = Integrity::kUnsigned;
  Voucher voucher = Voucher::kNone;
  PictureMark watermark = PictureMark::kNotLookedFor;
};

enum class Verdict { kOk, kModified, kMarksStripped, kTransplanted, kUnknown };

/// OK only for what is intact, signed by somebody known, and of no other manifest's pictures.
Verdict verdict_of(const DeliveryFindings& findings);

/// "OK", "MODIFIED", "MARKS-STRIPPED", "TRANSPLANTED", "UNKNOWN".
const char* verdict_name(Verdict verdict);
/// One sentence for people.
const char* verdict_sentence(const DeliveryFindings& findings);

}  // namespace understudy::provenance
