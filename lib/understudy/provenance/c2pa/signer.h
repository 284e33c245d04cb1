#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/provenance/c2pa/certificate.h"
#include "understudy/provenance/c2pa/key.h"
#include "understudy/provenance/c2pa/time_stamp.h"

namespace understudy::provenance::c2pa {

/// Who signs.
struct Signer {
  Key key;
  std::vector<Certificate> chain;  ///< leaf first, without the root; not empty
  bool self_issued = false;        ///< by the local authority: nobody has checked who it is
  TimeStamper stamper = {};        ///< empty: signatures get no time-stamp
};

/// The time now, UTC, in whole seconds.
Seconds now_utc();

/// Reads a private key and the chain of certificates that goes with it, both PEM. Roots at the chain's end
/// are left out. Throws Error kInput for files that are unreadable and a key that is encrypted, kFormat, each
/// with a sentence of its own, for a key of a wrong kind or another than the certificate's, a certificate
/// that is not valid at `time` or lacks what C2PA asks for (see Certificate::faults_as_signer()), a chain
/// whose members do not follow one another.
Signer read_signer(const std::filesystem::path& key, const std::filesystem::path& chain, Seconds time);

/// The signer of the local authority in `folder`, made when there is none: a root, a certificate for signing
/// that is valid for ten years, and its key (mode 0600). The root's key is thrown away, so that the root
/// vouches for nothing else. Several processes may ask at once: the first wins. Subjects say that they are
/// self-issued. Throws Error kResource when it cannot be made, and as read_signer().
Signer local_signer(const std::filesystem::path& folder, Seconds time);

/// The root of the authority in `folder`, PEM: what others are given to trust it.
std::filesystem::path authority_root(const std::filesystem::path& folder);

/// $XDG_DATA_HOME/understudy, else $HOME/.local/share/understudy: where the authority and the registry lie
/// unless told otherwise. Throws Error kUsage when neither variable is set.
std::filesystem::path data_home();

}  // namespace understudy::provenance::c2pa
