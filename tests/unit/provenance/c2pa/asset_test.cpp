#include "understudy/provenance/c2pa/asset.h"

#include "understudy/core/big_endian.h"
#include "understudy/provenance/c2pa/bmff.h"
#include "understudy/provenance/c2pa/jumbf.h"
#include "unit/provenance/c2pa/media_files.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr const char* kXmp = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>";

std::string store_of(std::size_t bytes) {
  return superbox_bytes("c2pa", "c2pa", box_bytes("cbor", std::string(bytes, 'x')));
}

struct FileCase {
  const char* name;
  const char* options;
};

class Assets : public MediaFiles, public testing::WithParamInterface<FileCase> {
 protected:
  /// The hash that a reader makes of a written file.
  static std::string read_hash(std::string_view file, AssetKind kind, const FoundStore& found) {
    return kind == AssetKind::kBmff ? bmff_hash(file, mandatory_exclusions(), "sha256", "x")
                                    : data_hash(file, {found.place}, "sha256", "x");
  }
};

TEST_P(Assets, GiveAStoreBackAndPlayAsBefore) {
  const std::string original = make(GetParam().name, GetParam().options);
  const FileView file(original);
  const AssetKind kind = asset_kind(file).value();
  EXPECT_EQ(find_store(file, kind, "x"), std::nullopt);
  for (const std::size_t bytes : {100, 200'000}) {
    const std::string store = store_of(bytes);
    const Layout layout = make_layout(file, kind, store.size(), kXmp, "x");
    const std::string made = path(text("signed-", GetParam().name));
    write_layout(layout, store, made, "x");
    const FileView written(made);
    const auto found = find_store(written, kind, "x");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->store, store);
    EXPECT_EQ(found->place, layout.place);
    EXPECT_NE(std::string_view(written).find(kXmp), std::string_view::npos);
    const Cbor binding = hard_binding(layout, true).value;
    EXPECT_EQ(cbor_field<Cbor::Bytes>(binding, "hash", "x").value, read_hash(written, kind, *found));
    EXPECT_EQ(frames_of(original), frames_of(made));
    EXPECT_EQ(caught([&] { make_layout(written, kind, 100, "", "x"); }).code, 4);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Assets,
    testing::Values(FileCase{"plain.mp4", "-c:v libx264 -c:a aac"},
                    FileCase{"fast.mp4", "-c:v libx264 -c:a aac -movflags +faststart"},
                    FileCase{"silent.mp4", "-map 0:v -c:v mpeg4"},
                    FileCase{"prores.mov", "-c:v prores_ks -c:a pcm_s16le"},
                    FileCase{"fast.mov", "-c:v prores_ks -c:a pcm_s16le -movflags +faststart"},
                    FileCase{"tagged.mov", "-c:v mpeg4 -c:a aac -metadata title=x"},
                    FileCase{"one.jpg", "-frames:v 1"}, FileCase{"one.png", "-frames:v 1"}),
    [](const auto& tested) { return replaced(tested.param.name, ".", "_"); });

/// A movie with one chunk of `offset_box` that lies at the media's first byte, behind `between`.
std::string movie(std::string_view between, std::string_view media, bool wide = false) {
  const std::string before = box_bytes("ftyp", "isom\0\0\0\0") + std::string(between);
  const auto moov = [&](std::uint64_t offset) {
    const std::string table = big_endian(0, 4) + big_endian(1, 4) + big_endian(offset, wide ? 8 : 4);
    std::string box = box_bytes(wide ? "co64" : "stco", table);
    for (const char* parent : {"stbl", "minf", "mdia", "trak", "moov"}) box = box_bytes(parent, box);
    return box;
  };
  const std::uint64_t header = media.substr(0, 4) == std::string_view("\0\0\0\1", 4) ? 16 : 8;
  return before + moov(before.size() + moov(0).size() + header) + std::string(media);
}

/// The one offset in a movie's table.
std::uint64_t offset_in(std::string_view file, const char* type) {
  const std::size_t at = file.find(type);
  return from_big_endian(file.substr(at + 12, std::string_view(type) == "co64" ? 8 : 4));
}

std::string written(const Layout& layout, std::string_view store) {
  std::string out;
  for (const std::string_view part : layout.before) out += part;
  out += place_bytes(layout.kind, store);
  for (const std::string_view part : layout.after) out += part;
  return out;
}

TEST(Bmff, OffsetsFollowTheirMedia) {
  const std::string large = std::string("\0\0\0\1mdat", 8) + big_endian(16 + 5, 8) + "MEDIA";
  const std::string open = std::string("\0\0\0\0mdat", 8) + "MEDIA";
  for (const std::string& media : {box_bytes("mdat", "MEDIA"), large, open})
    for (const bool wide : {false, true}) {
      const std::string file = movie(box_bytes("free", "123"), media, wide);
      const char* table = wide ? "co64" : "stco";
      EXPECT_EQ(file.substr(offset_in(file, table), 5), "MEDIA");
      const std::string store = store_of(50);
      const std::string made = written(make_layout(file, AssetKind::kBmff, store.size(), kXmp, "x"), store);
      EXPECT_EQ(made.substr(offset_in(made, table), 5), "MEDIA");
      EXPECT_EQ(find_store(made, AssetKind::kBmff, "x")->store, store);
    }
}

class LargeFiles : public MediaFiles {};

TEST_F(LargeFiles, OffsetsGrowTo64BitsWhenTheyMust) {
  // The media begin 200 bytes below 4 GiB; what is before them is a hole in the file.
  const std::uint64_t hole = (std::uint64_t{1} << 32) - 200 - 32;
  const std::string start = box_bytes("ftyp", "isom\0\0\0\0") + big_endian(hole, 4) + "free";
  const std::string media = box_bytes("mdat", "MEDIA");
  const std::uint64_t at = start.size() - 8 + hole;
  std::string moov = box_bytes("stco", big_endian(0, 4) + big_endian(1, 4) + big_endian(at + 8, 4));
  for (const char* parent : {"stbl", "minf", "mdia", "trak", "moov"}) moov = box_bytes(parent, moov);
  {
    std::ofstream file(path("large.mp4"), std::ios::binary);
    file << start;
    file.seekp(static_cast<std::streamoff>(at));
    file << media << moov;
  }
  const FileView file(path("large.mp4"));
  const auto offset = [&](std::uint64_t store_bytes) {
    const Layout layout = make_layout(file, AssetKind::kBmff, store_bytes, "", "x");
    const std::string& moved = layout.owned[3];
    const bool wide = moved.find("co64") != std::string::npos;
    const std::uint64_t media_at = layout.place.start + layout.place.length + hole + 8;
    EXPECT_EQ(offset_in(moved, wide ? "co64" : "stco"), media_at);
    return wide;
  };
  EXPECT_FALSE(offset(50));
  EXPECT_TRUE(offset(5000));
}

TEST(Bmff, DamagedFilesAreRefused) {
  const std::string good = movie("", box_bytes("mdat", "MEDIA"));
  const std::string place = place_bytes(AssetKind::kBmff, store_of(5));
  const std::string inside = box_bytes("moov", box_bytes("trak", "123"));
  const std::pair<std::string, const char*> bad[] = {
      {good + "1234", "4 bytes are left"},
      {good.substr(0, good.size() - 1), "a box of"},
      {good.substr(28), "does not begin with 'ftyp'"},
      {good + place, "already"},
      {good + box_bytes("moof", ""), "only flat"},
      {good + inside, "3 bytes are left"},
      {replaced(good, std::string("stco\0\0\0\0\0\0\0\1", 12), std::string("stco\0\0\0\0\0\0\0\2", 12)),
       "its count"},
      {movie("", ""), "an offset behind the end"},
  };
  for (const auto& [file, why] : bad) {
    const Caught error = caught([&] { make_layout(file, AssetKind::kBmff, 100, "", "the clip"); });
    EXPECT_EQ(error.code, 4) << why;
    EXPECT_TRUE(contains(error.message, why)) << error.message << ", expected: " << why;
  }
}

TEST(Bmff, NothingHidesBehindAStore) {
  const std::string store = store_of(5);
  const std::string place = place_bytes(AssetKind::kBmff, store);
  const std::string inside = place.substr(8);
  EXPECT_EQ(find_store(box_bytes("uuid", inside + std::string(9, '\0')), AssetKind::kBmff, "x")->store,
            store);
  const std::pair<std::string, const char*> bad[] = {
      {box_bytes("uuid", inside + "text"), "not zero"},
      {place + place, "a second box"},
      {replaced(place, "manifest", "original"), "no manifest store"},
      {box_bytes("uuid", inside.substr(0, 50)), "a manifest store of"},
  };
  for (const auto& [file, why] : bad) {
    const Caught error = caught([&] { find_store(file, AssetKind::kBmff, "x"); });
    EXPECT_TRUE(contains(error.message, why)) << error.message << ", expected: " << why;
  }
}

TEST(Pictures, SegmentsMustFollowOneAnother) {
  const std::string store = store_of(150'000), place = place_bytes(AssetKind::kJpeg, store);
  const std::string end = "\xff\xd9", start = "\xff\xd8";
  const std::string segment = place.substr(0, 65537), second = place.substr(65537, 65537);
  const std::string rest = place.substr(2 * 65537);
  const auto find = [&](const std::string& middle) {
    return find_store(start + middle + end + "12", AssetKind::kJpeg, "x");
  };
  EXPECT_EQ(find(segment + second + rest)->store, store);
  const std::string comment("\xff\xfe\x00\x04hi", 6);
  for (const std::string& bad : {segment + rest, segment + comment + second + rest, segment + second,
                                 place + place_bytes(AssetKind::kJpeg, store_of(5))})
    EXPECT_EQ(caught([&] { find(bad); }).code, 4);
}

TEST(Pictures, RangesOfADataHashAreInOrder) {
  EXPECT_EQ(data_hash("abcdef", {{1, 2}, {4, 1}}, "sha256", "x"), data_hash("adf", {}, "sha256", "x"));
  for (const std::vector<Range>& bad :
       {std::vector<Range>{{4, 1}, {1, 2}}, {{0, 7}}, {{7, 0}}, {{1, ~std::uint64_t{0}}}})
    EXPECT_EQ(caught([&] { data_hash("abcdef", bad, "sha256", "x"); }).code, 4);
}

}  // namespace
}  // namespace understudy::provenance::c2pa
