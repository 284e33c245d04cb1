#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/asset.h"
#include "understudy/provenance/c2pa/cbor.h"
#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/consent.h"

namespace understudy::provenance::c2pa {

/// Something that a delivery was made from.
struct MadeFrom {
  std::string title;           ///< what it is, such as "Plate": names of files may name people
  std::string format;          ///< media type, such as "video/mp4"; empty: none is stated
  std::string sha256;          ///< digest of its file, 64 digits
  std::string store = {};      ///< its own manifest store, which is carried along; empty: it has none
  Cbor validation = {};        ///< the "validationResults" of that store; null when there is none
  std::string data_type = {};  ///< "c2pa.types.model", "c2pa.types.dataset"; empty: a picture or a video
};

/// Where a face was changed: a stretch of a delivery, seconds of a video or numbers of pictures, both
/// included, and what the box around the face covers in all of it.
struct ChangedRegion {
  double first = 0, last = 0;
  struct Box {
    int x = 0, y = 0, width = 0, height = 0;  ///< pixels; the left upper one, and how many
  };
  std::optional<Box> box = {};  ///< nothing: not known
};

/// What the watermark in a delivery's pictures says.
struct SoftBinding {
  std::string algorithm;  ///< a reverse domain name
  std::string value;      ///< bytes
};

/// A watermark that the plate's pictures carried already.
struct PlateMark {
  std::string algorithm;     ///< as SoftBinding::algorithm
  std::string id;            ///< see watermark_id_text()
  bool in_registry = false;  ///< whether the registry held the credentials that belong to it
};

/// What a manifest says of a delivered file.
struct Delivery {
  std::string urn;    ///< see delivery_urn()
  std::string title;  ///< the file's name, without folders
  std::string program_version;
  Seconds when{};
  MadeFrom plate;
  std::vector<MadeFrom> inputs;  ///< models and datasets
  std::vector<ConsentSummary> consents;
  std::vector<ChangedRegion> changed;
  bool is_video = true;  ///< whether `changed` are seconds
  std::optional<SoftBinding> watermark = {};
  std::optional<PlateMark> plate_mark = {};
  std::string label;  ///< burnt into the pictures: its words, or its picture's name; empty: none
  std::map<std::string, std::string> settings;  ///< of the pipeline, fit for the public
};

/// A manifest's name, "urn:c2pa:" and a UUID made from a digest of `identity`, so that all who make the same
/// delivery agree on it without talking. Its version bits are those of version 4, the one that C2PA asks
/// for.
std::string delivery_urn(std::string_view identity);

/// What a delivery's watermark holds and its copy in the registry is called: the first 44 bits of
/// SHA-256("wm1|" + urn), as 11 hexadecimal digits.
std::string delivery_id(std::string_view urn);

/// The XMP packet of a delivery: its digital source type and instance.
std::string delivery_xmp(const Delivery& delivery);

/// The manifest store: the plate's own manifests, then this delivery's, signed. Its size does not depend on
/// the binding's digest. Throws Error kFormat for a plate's store that is damaged, kResource when signing
/// fails.
std::string build_store(const Delivery& delivery, const HardBinding& binding, const Signer& signer);

}  // namespace understudy::provenance::c2pa
