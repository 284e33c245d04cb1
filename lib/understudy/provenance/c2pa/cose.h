#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/cbor.h"
#include "understudy/provenance/c2pa/certificate.h"
#include "understudy/provenance/c2pa/key.h"
#include "understudy/provenance/c2pa/time_stamp.h"

namespace understudy::provenance::c2pa {

/// A COSE_Sign1 (RFC 9052) whose payload lies elsewhere.
struct CoseSign1 {
  std::string protected_header;    ///< its bytes, as they are signed
  std::string algorithm;           ///< a name of algorithms()
  std::vector<Certificate> chain;  ///< of the protected header (RFC 9360), leaf first; may be empty
  Cbor unprotected;                ///< a map; nobody signed it
  std::string signature;
};

/// COSE_Sign1_Tagged over `payload`, which is not in it: protected are the algorithm and, unless `chain` is
/// empty, the certificates' DER; unprotected is nothing, or with a `stamper` the time-stamp of the signature
/// that it gets (C2PA's sigTst2), and zeros up to a size that is always the same. So its size does not depend
/// on the payload. `chain` is leaf first, without the root. Throws Error kFormat for a key of a wrong kind,
/// kResource when signing fails or a token is too large, and what `stamper` throws.
std::string sign_cose(const Key& key, std::span<const Certificate> chain, std::string_view payload,
                      const TimeStamper& stamper = {});

/// The message that a time-stamp of a signature is one of (C2PA 2.2, "sigTst2").
std::string stamped_message(std::string_view protected_header, std::string_view signature);

/// The tokens (DER) in a signature's sigTst2. Throws Error kFormat, naming `where`, when it is of another
/// shape.
std::vector<std::string> time_stamps_in(const CoseSign1& cose, std::string_view where);

/// Reads one, tagged with 18 or not. Throws Error kFormat, naming `where`, for anything else, an algorithm
/// that C2PA does not allow, a payload inside, critical headers, a broken certificate.
CoseSign1 parse_cose(std::string_view bytes, std::string_view where);

/// Whether the signature is one of `payload` by the private half of `key`.
bool cose_verifies(const CoseSign1& cose, const Key& key, std::string_view payload);

}  // namespace understudy::provenance::c2pa
