#include "understudy/dataset/dataset.h"

#include <unistd.h>

#include <thread>

#include "understudy/core/parallel.h"
#include "unit/core/scratch.h"
#include "unit/dataset/sample.h"

namespace fs = std::filesystem;

namespace understudy::dataset {
namespace {

using testing::ElementsAre;

TEST(Dataset, IsMadeOnceAndOpenedAfterwards) {
  const ScratchFolder folder;
  const fs::path root = folder.path() / "new" / "ada";
  Dataset::create(root, dataset_info(), kConsentText);
  const std::string header = read_file(root / "dataset.json");
  EXPECT_EQ(Dataset::create(root, dataset_info(), "ignored: it is there already").info().subject, "drawn");
  EXPECT_EQ(read_file(root / "dataset.json"), header);
  const Dataset opened = Dataset::open(root);
  EXPECT_EQ(opened.info().subject, "drawn");
  EXPECT_EQ(opened.info().role, "likeness");
  EXPECT_EQ(opened.info().consent, dataset_info().consent);
  EXPECT_EQ(read_file(opened.consent_file()), kConsentText);
  EXPECT_EQ(opened.stage_folder("convert/take1", "plate"), root / "convert" / "take1" / "plate");
}

TEST(Dataset, AnotherSubjectRoleOrConsentIsRefused) {
  const ScratchFolder folder;
  Dataset::create(folder.path(), dataset_info(), kConsentText);
  DatasetInfo subject = dataset_info(), role = dataset_info(), consent = dataset_info();
  subject.subject = "bob";
  role.role = "performer";
  consent.consent["sha256"] = std::string(64, '0');
  for (const DatasetInfo& other : {subject, role, consent})
    expect_error(ErrorCode::kRefused, "choose another output folder",
                 [&] { Dataset::create(folder.path(), other, "x"); });
  EXPECT_EQ(read_file(folder.path() / "consent.toml"), kConsentText);
}

TEST(Dataset, AFolderWithOtherThingsIsRefused) {
  const ScratchFolder folder;
  write_file(folder.path() / "holiday.jpg", "x");
  expect_error(ErrorCode::kUsage, "is a folder with other things in it",
               [&] { Dataset::create(folder.path(), dataset_info(), kConsentText); });
  EXPECT_THAT(names_in(folder.path()), ElementsAre("holiday.jpg"));
  expect_error(ErrorCode::kResource, "cannot make the folder",
               [&] { Dataset::create(folder.path() / "holiday.jpg", dataset_info(), kConsentText); });
}

TEST(Dataset, WhatAKilledOrStartingJobLeftIsNoHindrance) {
  const ScratchFolder folder;
  write_file(folder.path() / ".tmp-consent-host-1-abc.toml", "half");
  EXPECT_NO_THROW(Dataset::create(folder.path(), dataset_info(), kConsentText));
  fs::remove(folder.path() / "dataset.json");
  EXPECT_NO_THROW(Dataset::create(folder.path(), dataset_info(), kConsentText));
}

TEST(Dataset, ManyJobsMayMakeItAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const ScratchFolder folder;
    parallel_for(8, 8, [&](std::int64_t) {
      const Dataset dataset = Dataset::create(folder.path() / "d", dataset_info(), kConsentText);
      dataset.add_source(source_record());
    });
    EXPECT_THAT(names_in(folder.path() / "d"),
                testing::UnorderedElementsAre("consent.toml", "dataset.json", "extract"));
  }
}

TEST(Dataset, OpenSaysWhatIsWrong) {
  const ScratchFolder folder;
  expect_error(ErrorCode::kInput, "is not a face dataset", [&] { Dataset::open(folder.path()); });
  expect_error(ErrorCode::kInput, "is not a face dataset", [&] { Dataset::open(folder.path() / "none"); });
  Dataset::create(folder.path(), dataset_info(), kConsentText);
  const fs::path header = folder.path() / "dataset.json";
  Json json = read_json_file(header);
  json["version"] = 7;
  write_json_file(header, json);
  expect_error(ErrorCode::kFormat, "is of format version 7; this program reads up to version 2",
               [&] { Dataset::open(folder.path()); });
  json["version"] = "1";
  write_json_file(header, json);
  expect_error(ErrorCode::kFormat, "version", [&] { Dataset::open(folder.path()); });
  json["version"] = 1;
  json["format"] = "something-else";
  write_json_file(header, json);
  expect_error(ErrorCode::kFormat, "is not of the format understudy-dataset",
               [&] { Dataset::open(folder.path()); });
  write_file(header, "{\"format\":");
  expect_error(ErrorCode::kFormat, "not valid JSON", [&] { Dataset::open(folder.path()); });
}

TEST(Dataset, KeepsItsSources) {
  const ScratchFolder folder;
  const Dataset dataset = Dataset::create(folder.path(), dataset_info(), kConsentText);
  EXPECT_TRUE(dataset.sources().empty());
  SourceRecord first = source_record(), second = source_record();
  second.id = "another";
  dataset.add_source(first);
  dataset.add_source(second);
  dataset.add_source(first);
  fs::create_directory(folder.path() / "extract" / "no-source");
  fs::create_directory(folder.path() / "extract" / ".tmp-x");
  EXPECT_THAT(dataset.sources(), ElementsAre("another", "plate"));
  const SourceRecord read = dataset.source("plate");
  EXPECT_EQ(read.path, first.path);
  EXPECT_EQ(read.sha256, first.sha256);
  EXPECT_EQ(read.first_frame, 0);
  EXPECT_EQ(read.last_frame, 9);
  EXPECT_EQ(read.frame_count, 10);
  EXPECT_EQ(read.width, 640);
  EXPECT_EQ(read.height, 360);
  EXPECT_TRUE(read.color.is_null());
  SourceRecord colored = source_record();
  colored.color = {{"transfer", "pq"}};
  expect_error(ErrorCode::kUsage, "extracted with its colours as coded, now",
               [&] { dataset.add_source(colored); });
  colored.id = "colored";
  colored.deinterlace = "bwdif";
  dataset.add_source(colored);
  EXPECT_EQ(dataset.source("colored").color, colored.color);
  EXPECT_EQ(dataset.source("colored").deinterlace, "bwdif");
  first.sha256 = std::string(64, 'b');
  expect_error(ErrorCode::kUsage, "which has another content than", [&] { dataset.add_source(first); });
}

TEST(Dataset, AnUnreadableStageFolderIsNotAnEmptyOne) {
  const ScratchFolder folder;
  const Dataset dataset = Dataset::create(folder.path(), dataset_info(), kConsentText);
  write_file(folder.path() / "extract", "a file in the folder's place");
  expect_error(ErrorCode::kInput, "cannot read the folder", [&] { dataset.sources(); });
}

TEST(Dataset, TheDigestChangesWhenFacesAreMadeAnew) {
  const ScratchFolder folder;
  const Dataset dataset = small_dataset(folder.path());
  const std::string digest = dataset.digest("align");
  EXPECT_EQ(dataset.digest("align"), digest);
  EXPECT_NE(dataset.digest("extract"), digest);
  fs::remove_all(folder.path() / "align");
  EXPECT_NE(dataset.digest("align"), digest);
  small_dataset(folder.path());
  EXPECT_NE(dataset.digest("align"), digest);
}

TEST(Dataset, MovesAsAWhole) {
  const ScratchFolder folder;
  small_dataset(folder.path() / "a");
  fs::rename(folder.path() / "a", folder.path() / "b");
  const Dataset moved = Dataset::open(folder.path() / "b");
  EXPECT_EQ(list_shards(moved.stage_folder("align", "plate")).size(), 1u);
}

TEST(SourceId, IsAFolderName) {
  const std::pair<const char*, const char*> names[] = {{"/footage/bruno.mp4", "bruno"},
                                                       {"plate.%04d.exr", "plate._04d"},
                                                       {"plate.####.exr", "plate.____"},
                                                       {"my clip (2).mov", "my_clip__2_"},
                                                       {"shots/plate/", "plate"},
                                                       {"shots/plate", "plate"},
                                                       {".hidden.mp4", "hidden"},
                                                       {"..", "source"},
                                                       {"", "source"},
                                                       {"/", "source"},
                                                       {"B\xc3\xa4r.mp4", "B__r"},
                                                       {"a-b_c.1.mp4", "a-b_c.1"}};
  for (const auto& [path, id] : names) EXPECT_EQ(source_id(path), id) << path;
}

}  // namespace
}  // namespace understudy::dataset
