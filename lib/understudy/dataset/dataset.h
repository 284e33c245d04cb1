#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/dataset/shard.h"

namespace understudy::dataset {

/// dataset.json: whose faces these are.
struct DatasetInfo {
  std::string subject;
  std::string role;               ///< likeness or performer
  Json consent = Json::object();  ///< summary of the consent record, see provenance/consent.h
};

/// extract/SOURCE/source.json: where the frames came from. One file a source, so that jobs on different
/// sources never write the same file.
struct SourceRecord {
  std::string id;
  std::string path;  ///< of the plate, as an absolute path; may be given anew when the plate has moved
  std::string sha256;
  std::int64_t first_frame = 0, last_frame = 0, frame_count = 0;
  int width = 0, height = 0;
  Json color = {};  ///< what was done to its colours, a media::DisplaySpace::record(); null: nothing
  std::string deinterlace = {};  ///< a name of media::deinterlacers(); empty: none
};

/// The content of dataset.json. Throws Error kFormat, naming `where`.
DatasetInfo parse_dataset_info(const Json& json, std::string_view where);

/// The content of source.json. Throws Error kFormat, naming `where`.
SourceRecord parse_source(const std::string& id, const Json& json, std::string_view where);

/// One dataset folder. Cheap to copy.
class Dataset {
 public:
  /// Opens the folder, or makes it with a copy of the consent record `consent_text`. Throws Error kRefused
  /// when the folder belongs to another subject, role or consent record.
  static Dataset create(const std::filesystem::path& root, const DatasetInfo& info,
                        std::string_view consent_text);
  /// Throws Error kInput when there is no dataset, kFormat when it is damaged or of a newer version.
  static Dataset open(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  const DatasetInfo& info() const { return info_; }
  std::filesystem::path consent_file() const { return root_ / "consent.toml"; }
  std::filesystem::path trash() const { return root_ / "trash"; }
  /// extract/SOURCE, align/SOURCE or convert/NAME/SOURCE; `stage` is "extract", "align" or "convert/NAME".
  std::filesystem::path stage_folder(std::string_view stage, std::string_view source) const;

  /// "extract", "align" and each "convert/NAME" that exists.
  std::vector<std::string> stages() const;
  /// Ids of the sources that were extracted, sorted.
  std::vector<std::string> sources() const;
  SourceRecord source(const std::string& id) const;
  /// Writes source.json. Throws Error kUsage when the id stands for another plate already, or for the same
  /// one in other colours.
  void add_source(const SourceRecord& source) const;

  /// A digest of what was aligned: every shard's uuid. Changes when faces are made anew.
  std::string digest(std::string_view stage) const;

 private:
  Dataset(std::filesystem::path root, DatasetInfo info) : root_(std::move(root)), info_(std::move(info)) {}
  std::filesystem::path root_;
  DatasetInfo info_;
};

/// A file name's stem made fit for a folder name: letters, digits, '-', '_' and '.', not beginning with '.'.
std::string source_id(const std::filesystem::path& path);

}  // namespace understudy::dataset
