#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/provenance/consent_check.h"

namespace understudy::stages {

/// What a kind of production wants of what is delivered.
struct DeliveryProfile {
  bool label = false;             ///< a visible label is burnt in
  bool label_always = false;      ///< and cannot be left out
  std::string label_text;         ///< UTF-8
  double label_seconds = 0;       ///< from the first frame on; 0: throughout
  std::vector<std::string> uses;  ///< that every consent record must grant
};

/// What something is made for, and what it shows of that.
struct DeliveryOptions {
  provenance::ConsentScope scope;    ///< that the consents must grant
  std::string profile = "film";      ///< see read_profile()
  std::string label;                 ///< words, a picture's file or "none"; empty: as the profile says
  std::filesystem::path label_font;  ///< of the words; empty: DejaVu Sans
};

/// The files of profiles/.
const Table<DeliveryProfile>& delivery_profiles();

/// A name of delivery_profiles(), or a TOML file with the same keys. Throws Error kUsage for an unknown name,
/// kInput and kFormat for a file that is none.
DeliveryProfile read_profile(const std::string& name_or_file);

}  // namespace understudy::stages
