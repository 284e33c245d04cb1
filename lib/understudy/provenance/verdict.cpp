#include "understudy/provenance/verdict.h"

namespace understudy::provenance {

const char* voucher_words(Voucher voucher) {
  switch (voucher) {
    case Voucher::kTrustedRoot:
      return "a trusted root vouches for the signer";
    case Voucher::kSelfIssued:
      return "self-issued on this computer";
    case Voucher::kUnknown:
      return "nobody known vouches for the signer";
    case Voucher::kNone:
      break;
  }
  return "nobody signed";
}

Verdict verdict_of(const DeliveryFindings& findings) {
  if (findings.integrity == Integrity::kUnsigned)
    return findings.watermark == PictureMark::kOfAnother ? Verdict::kMarksStripped : Verdict::kUnknown;
  if (findings.watermark == PictureMark::kOfAnother) return Verdict::kTransplanted;
  if (findings.integrity == Integrity::kChanged) return Verdict::kModified;
  const bool known = findings.voucher == Voucher::kTrustedRoot || findings.voucher == Voucher::kSelfIssued;
  return findings.integrity == Integrity::kIntact && known ? Verdict::kOk : Verdict::kUnknown;
}

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "OK";
    case Verdict::kModified:
      return "MODIFIED";
    case Verdict::kMarksStripped:
      return "MARKS-STRIPPED";
    case Verdict::kTransplanted:
      return "TRANSPLANTED";
    case Verdict::kUnknown:
      break;
  }
  return "UNKNOWN";
}

const char* verdict_sentence(const DeliveryFindings& findings) {
  switch (verdict_of(findings)) {
    case Verdict::kOk:
      return findings.voucher == Voucher::kTrustedRoot
                 ? "The file is what was signed, by somebody whom a trusted root vouches for."
                 : "The file is what was signed on this computer. Nobody else vouches for who signed.";
    case Verdict::kModified:
      return "The file is not what was signed: it or its content credentials were changed or damaged.";
    case Verdict::kMarksStripped:
      return "The pictures carry a watermark, but the content credentials that belong to it are gone.";
    case Verdict::kTransplanted:
      return "The watermark in the pictures belongs to other content credentials than the file's.";
    case Verdict::kUnknown:
      break;
  }
  if (findings.integrity == Integrity::kIntact)
    return "The file is what was signed, but nobody known vouches for who signed: not evidence of "
           "authenticity.";
  if (findings.integrity == Integrity::kUnreadable)
    return "The file has content credentials of a kind that is not read here: not evidence of authenticity.";
  return "The file has no content credentials: not evidence of authenticity.";
}

}  // namespace understudy::provenance
