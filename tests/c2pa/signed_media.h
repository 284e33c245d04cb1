#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "c2pa/official_reader.h"
#include "understudy/core/files.h"
#include "understudy/core/hash.h"
#include "understudy/provenance/c2pa/asset.h"
#include "understudy/provenance/c2pa/manifest.h"
#include "understudy/provenance/c2pa/validator.h"

namespace understudy::provenance::c2pa {

/// A root and signers under it that are valid today.
class TodaysAuthority {
 public:
  Signer signer(const std::string& algorithm, int from_day = -1, int until_day = 1000) const {
    const Key key = Key::generate(algorithm);
    const NewCertificate says{"Understudy tests", "Today's signer", now_utc() + std::chrono::days(from_day),
                              now_utc() + std::chrono::days(until_day)};
    return {key, {make_leaf(says, key, root, key_)}};
  }

 private:
  Key key_ = Key::generate("es256");

 public:
  const Certificate root = make_root({"Understudy tests", "Today's root", now_utc() - std::chrono::days(100),
                                      now_utc() + std::chrono::days(2000)},
                                     key_);
};

inline Delivery sample_delivery(const std::string& name) {
  Delivery out;
  out.urn = delivery_urn(name);
  out.title = name;
  out.program_version = "0.1.0";
  out.when = now_utc();
  out.plate = {"Plate", "video/mp4", std::string(64, 'a')};
  out.inputs = {{"Model of the likeness", "", std::string(64, 'e')}, {"Dataset", "", std::string(64, 'd')}};
  out.inputs[0].data_type = "c2pa.types.model";
  out.inputs[1].data_type = "c2pa.types.dataset";
  ConsentSummary consent;
  consent.id = "123e4567-e89b-42d3-a456-426614174000";
  consent.subject = "Ada";
  consent.sha256 = std::string(64, 'b');
  out.consents = {consent};
  out.changed = {{0, 0.2, ChangedRegion::Box{8, 4, 32, 24}}, {0.3, 0.5}};
  out.watermark = SoftBinding{"org.understudy.wm.1", "12345678"};
  out.settings = {{"codec", "h264"}};
  return out;
}

/// The file with a signed manifest, and `padding` behind the store where its kind has room for that. Unlike
/// sign_file() it signs what no reader accepts.
inline std::string signed_bytes(std::string_view file, const Delivery& delivery, const Signer& signer,
                                const std::string& padding = "") {
  const AssetKind kind = asset_kind(file).value();
  std::uint64_t size = 0;
  for (;;) {
    const Layout layout =
        make_layout(file, kind, size + padding.size(), delivery_xmp(delivery), "a test's file");
    const std::string store = build_store(delivery, hard_binding(layout, true), signer);
    if (store.size() != size) {
      size = store.size();
      continue;
    }
    std::string out;
    for (const std::string_view part : layout.before) out += part;
    out += place_bytes(kind, store + padding);
    for (const std::string_view part : layout.after) out += part;
    return out;
  }
}

/// A validator's answer in the form of the official reader's: sorted codes of failures and remarks, each
/// once.
struct OurAnswer {
  std::string state;  ///< "trusted", "valid", "invalid", or "none"
  std::vector<std::string> codes;
};

inline OurAnswer our_answer(std::string_view file, const Certificate& root) {
  const auto found = validate_bytes(file, {{root}, now_utc()});
  if (!found) return {"none", {}};
  OurAnswer out{state_name(found->state), {}};
  std::vector<const Findings*> all{&found->findings};
  if (!found->manifests.empty()) all.push_back(&found->manifests.back().findings);
  for (const Findings* findings : all)
    for (const auto* list : {&findings->failure, &findings->informational})
      for (const Status& each : *list) out.codes.push_back(each.code);
  std::ranges::sort(out.codes);
  out.codes.erase(std::unique(out.codes.begin(), out.codes.end()), out.codes.end());
  // The official reader says so of the ingredient, not of the manifest; the samples' plate has no
  // credentials.
  std::erase(out.codes, "ingredient.unknownProvenance");
  return out;
}

/// A folder with clips, pictures and a root, made once for all tests.
class SignedMedia : public OfficialReader {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::filesystem::temp_directory_path() / temporary_name("c2pa-test");
    std::filesystem::create_directories(folder_);
    write_file(folder_ / "root.pem", authority().root.pem());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static const TodaysAuthority& authority() {
    static const TodaysAuthority it;
    return it;
  }

  /// Half a second of test picture, with sound where `options` name a codec for it, or one picture.
  static std::string made(const std::string& name, const std::string& options) {
    const auto path = folder_ / ("plain_" + name);
    if (std::filesystem::exists(path)) return read_file(path);
    const std::string sound = options.find("-c:a") == std::string::npos ? "" : " -f lavfi -i sine=d=0.5";
    const std::string command = text("ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=64x48:d=0.5:r=10",
                                     sound, " ", options, " -bitexact ", path.string());
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return read_file(path);
  }

  /// What the official reader says of contents that get these names.
  static std::vector<OfficialAnswer> ask_of(const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<std::filesystem::path> paths;
    for (const auto& [name, bytes] : files) {
      paths.push_back(folder_ / name);
      write_file(paths.back(), bytes);
    }
    return ask(paths, folder_ / "root.pem");
  }

  static inline std::filesystem::path folder_;
};

}  // namespace understudy::provenance::c2pa
