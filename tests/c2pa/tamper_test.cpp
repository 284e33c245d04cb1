#include <gmock/gmock.h>

#include <functional>

#include "c2pa/signed_media.h"
#include "understudy/core/big_endian.h"
#include "understudy/provenance/c2pa/bmff.h"

using testing::ElementsAreArray;
using testing::HasSubstr;

namespace understudy::provenance::c2pa {
namespace {

using Codes = std::vector<std::string>;

/// A change and what both readers say of it. `official` is a state, or a part of its error.
struct Row {
  const char* what;
  std::function<std::string(const std::string&)> change;
  const char* ours;
  Codes our_codes;
  const char* official;
  Codes official_codes;
};

const Codes kNone;
const Codes kBmff = {"assertion.bmffHash.mismatch"};
const Codes kData = {"assertion.dataHash.mismatch"};
const Codes kUri = {"assertion.hashedURI.mismatch"};
const Codes kSignature = {"claimSignature.mismatch"};
const Codes kHidden = {"general.error"};

std::string flipped(std::string file, std::size_t at) {
  file.at(at) ^= 1;
  return file;
}

/// Flips the first byte of the words behind `behind`.
std::function<std::string(const std::string&)> flip(const char* words, const char* behind = "jumdc2pa") {
  return [=](const std::string& file) { return flipped(file, file.find(words, file.find(behind))); };
}

std::string box(const std::string& type, const std::string& payload) {
  return big_endian(payload.size() + 8, 4) + type + payload;
}

/// The root's box number `number` of that type; the manifest's is the first "uuid".
BmffBox root_box(const std::string& file, std::string_view type, int number = 0) {
  for (const BmffBox& each : bmff_boxes(file, 0, "a test's file"))
    if (each.type == type && number-- == 0) return each;
  throw Error(ErrorCode::kBug, text("no box ", type));
}

std::function<std::string(const std::string&)> flip_in_box(const char* type, int number, std::size_t at) {
  return [=](const std::string& file) { return flipped(file, root_box(file, type, number).start + at); };
}

Range store_place(const std::string& file) {
  return find_store(file, asset_kind(file).value(), "a test's file")->place;
}

std::string without_store(const std::string& file) {
  const Range place = store_place(file);
  return file.substr(0, place.start) + file.substr(place.start + place.length);
}

std::string store_of(const std::string& file) {
  const Range place = store_place(file);
  return file.substr(place.start, place.length);
}

std::function<std::string(const std::string&)> append(const std::string& bytes) {
  return [=](const std::string& file) { return file + bytes; };
}

/// Somebody else's key signs the same content and the same words.
const TodaysAuthority& attacker() {
  static const TodaysAuthority it;
  return it;
}

class Tampering : public SignedMedia {
 protected:
  /// Walks the rows with a file of that name.
  static void walk(const std::vector<Row>& rows, const std::string& signed_file,
                   const std::string& extension) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const Row& row : rows)
      files.emplace_back(text("row", files.size(), extension), row.change(signed_file));
    const auto official = ask_of(files);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      SCOPED_TRACE(text(extension, ": ", rows[i].what));
      const OurAnswer ours = our_answer(files[i].second, authority().root);
      EXPECT_EQ(ours.state, rows[i].ours);
      EXPECT_THAT(ours.codes, ElementsAreArray(rows[i].our_codes));
      if (official[i].error.empty())
        EXPECT_EQ(official[i].state, rows[i].official);
      else
        EXPECT_THAT(official[i].error, HasSubstr(rows[i].official));
      EXPECT_THAT(official[i].codes, ElementsAreArray(rows[i].official_codes)) << official[i].all.dump(1);
    }
  }

  static std::string signed_again(const std::string& name, const char* options, const Signer& signer,
                                  const std::string& padding = "") {
    return signed_bytes(made(name, options), sample_delivery(name), signer, padding);
  }
};

constexpr const char* kH264 = "-c:v libx264 -pix_fmt yuv420p -c:a aac";

/// What any kind of file has: changes inside the store.
const std::vector<Row> kInTheStore = {
    {"unchanged", [](const std::string& file) { return file; }, "trusted", kNone, "Trusted", kNone},
    {"action's text", flip("consenting person"), "invalid", kUri, "Invalid", kUri},
    {"source type", flip("compositeWith"), "invalid", kUri, "Invalid", kUri},
    {"consent's basis", flip("basisgconsent"), "invalid", kUri, "Invalid", kUri},
    {"soft binding", flip("12345678"), "invalid", kUri, "Invalid", kUri},
    {"claim's generator", flip("Understudy", "c2pa.claim.v2"), "invalid", kSignature, "Invalid", kSignature},
    {"certificate",
     flip("Today's signer", "c2pa.signature\0"),
     "invalid",
     {"claimSignature.mismatch", "signingCredential.untrusted"},
     "Invalid",
     {"claimSignature.mismatch", "signingCredential.untrusted"}},
};

TEST_F(Tampering, InsideTheStore) {
  const Signer signer = authority().signer("es256");
  walk(kInTheStore, signed_again("store.mp4", kH264, signer), ".mp4");
  walk(kInTheStore, signed_again("store.jpg", "-frames:v 1", signer), ".jpg");
  // Who changes a PNG corrects its checksums.
  std::vector<Row> in_png = kInTheStore;
  for (Row& row : in_png)
    row.change = [change = row.change](const std::string& file) {
      const Range place = store_place(file);
      const std::string store = change(file).substr(place.start + 8, place.length - 12);
      return file.substr(0, place.start) + place_bytes(AssetKind::kPng, store) +
             file.substr(place.start + place.length);
    };
  walk(in_png, signed_again("store.png", "-frames:v 1", signer), ".png");
}

const std::vector<Row> kInMp4 = {
    {"a sample's bit", flip_in_box("mdat", 0, 500), "invalid", kBmff, "Invalid", kBmff},
    {"a bit of the index", flip_in_box("moov", 0, 30), "invalid", kBmff, "Invalid", kBmff},
    {"XMP", flip_in_box("uuid", 1, 200), "invalid", kBmff, "Invalid", kBmff},
    {"brand", flip_in_box("ftyp", 0, 16), "trusted", kNone, "Trusted", kNone},
    {"store removed", without_store, "none", kNone, "JumbfNotFound", kNone},
    {"store moved to the end", [](const std::string& file) { return without_store(file) + store_of(file); },
     "invalid", kBmff, "Invalid", kBmff},
    {"two stores", [](const std::string& file) { return file + store_of(file); }, "invalid", kHidden,
     "TooManyManifestStores", kNone},
    {"foreign uuid", append(box("uuid", std::string(16, 7))), "invalid", kBmff, "Invalid", kBmff},
    {"free box appended", append(box("free", "12345678")), "invalid", kBmff, "Invalid", kBmff},
    {"8 bytes of junk", append("junkjunk"), "invalid", kHidden, "InvalidAsset", kNone},
    {"5 bytes of junk", append("junk!"), "invalid", kHidden, "Invalid", kBmff},
    {"a sparse word", append(std::string(4, '\0')), "invalid", kHidden, "Invalid", kBmff},
};

TEST_F(Tampering, OfAnMp4) {
  const std::string file = signed_again("boxes.mp4", kH264, authority().signer("es256"));
  walk(kInMp4, file, ".mp4");
  const std::string other =
      signed_again("others.mp4", "-vf negate -c:v libx264 -pix_fmt yuv420p", authority().signer("es256"));
  walk({{"the store of another file",
         [&](const std::string&) {
           const Range place = store_place(file);
           return file.substr(0, place.start) + store_of(other) + file.substr(place.start + place.length);
         },
         "invalid", kBmff, "Invalid", kBmff}},
       file, ".mp4");
}

TEST_F(Tampering, OfAnMp4WithItsIndexInFront) {
  const std::string file = signed_again("front.mp4", "-c:v libx264 -pix_fmt yuv420p -movflags +faststart",
                                        authority().signer("ps256"));
  walk({{"a sample's bit", flip_in_box("mdat", 0, 500), "invalid", kBmff, "Invalid", kBmff},
        {"cut short", [](const std::string& whole) { return whole.substr(0, whole.size() - 1024); },
         "invalid", kHidden, "Invalid", kBmff}},
       file, ".mp4");
}

TEST_F(Tampering, OfAnMp4WithRoomInIt) {
  const std::string roomy = made("roomy.mp4", kH264) + box("free", std::string(200, '\0'));
  const std::string file = signed_bytes(roomy, sample_delivery("roomy.mp4"), authority().signer("es256"));
  const auto fill = [](const std::string& it) { return flipped(it, it.size() - 100); };
  walk({{"free box", fill, "invalid", kBmff, "Invalid", kBmff}}, file, ".mp4");
}

TEST_F(Tampering, OfAMov) {
  const std::string file =
      signed_again("samples.mov", "-c:v prores_ks -c:a pcm_s16le", authority().signer("ed25519"));
  walk({{"a sample's bit", flip_in_box("mdat", 0, 500), "invalid", kBmff, "Invalid", kBmff},
        {"a bit of the index", flip_in_box("moov", 0, 30), "invalid", kBmff, "Invalid", kBmff},
        {"store removed", without_store, "none", kNone, "JumbfNotFound", kNone}},
       file, ".mov");
}

TEST_F(Tampering, OfAJpeg) {
  const std::string file = signed_again("tampered.jpg", "-frames:v 1", authority().signer("ps256"));
  walk({{"a bit of the picture", [](const std::string& it) { return flipped(it, it.size() - 40); }, "invalid",
         kData, "Invalid", kData},
        {"a byte appended", append("x"), "invalid", kData, "Invalid", kData},
        {"store removed", without_store, "none", kNone, "JumbfNotFound", kNone},
        {"a comment in front of the store",
         [](const std::string& it) {
           return it.substr(0, 2) + "\xff\xfe" + std::string("\0\x06note", 6) + it.substr(2);
         },
         "invalid",
         {"assertion.dataHash.malformed"},
         "Invalid",
         kData}},
       file, ".jpg");
}

TEST_F(Tampering, OfAPng) {
  const std::string file = signed_again("tampered.png", "-frames:v 1", authority().signer("ed25519"));
  walk({{"a bit of the picture", [](const std::string& it) { return flipped(it, it.size() - 40); }, "invalid",
         kData, "Invalid", kData},
        {"a byte appended", append("x"), "invalid", kData, "Invalid", kData},
        {"store removed", without_store, "none", kNone, "JumbfNotFound", kNone}},
       file, ".png");
}

TEST_F(Tampering, AWayIntoThePadding) {
  const Signer signer = authority().signer("es256");
  const auto with = [&](const std::string& padding) {
    return [=](const std::string&) { return signed_again("padding.mp4", kH264, signer, padding); };
  };
  // The official reader does not look at what lies behind the store in its box.
  walk({{"zeros", with(std::string(64, '\0')), "trusted", kNone, "Trusted", kNone},
        {"text", with("hidden text" + std::string(53, '\0')), "invalid", kHidden, "Trusted", kNone}},
       "", ".mp4");
}

TEST_F(Tampering, BySigningAnew) {
  const auto by = [](const Signer& signer) {
    return [=](const std::string&) { return signed_again("anew.mp4", kH264, signer); };
  };
  walk({{"by an attacker",
         by(attacker().signer("es256")),
         "valid",
         {"signingCredential.untrusted"},
         "Valid",
         {"signingCredential.untrusted"}},
        {"with an expired certificate",
         by(authority().signer("es256", -20, -10)),
         "invalid",
         {"signingCredential.expired", "signingCredential.untrusted"},
         "Invalid",
         {"signingCredential.expired", "signingCredential.untrusted"}}},
       "", ".mp4");
}

TEST_F(Tampering, ByARemux) {
  const std::string file = signed_again("remux.mp4", kH264, authority().signer("es256"));
  write_file(folder_ / "signed.mp4", file);
  const std::string command = text("ffmpeg -nostdin -v error -y -i ", (folder_ / "signed.mp4").string(),
                                   " -c copy ", (folder_ / "copied.mp4").string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  walk({{"copied by FFmpeg", [](const std::string&) { return read_file(folder_ / "copied.mp4"); }, "none",
         kNone, "JumbfNotFound", kNone}},
       "", ".mp4");
}

}  // namespace
}  // namespace understudy::provenance::c2pa
