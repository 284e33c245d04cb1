#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/core/table.h"
#include "understudy/stages/common.h"

namespace understudy::stages {

/// What the verbs of understudy-faces share. All of them work on the aligned faces that are in use: neither
/// removed nor skipped.
struct FacesOptions {
  ConsentOptions consents;
  std::filesystem::path dataset;
  bool json = false;  ///< print JSON rather than lines
};

struct ListedFace;
/// A place in a list of faces, and what it was sorted by.
struct RankedFace {
  std::size_t face;
  double value;
};
using FaceOrder = std::vector<RankedFace> (*)(const std::vector<ListedFace>&, Run&);

/// To add one: a row in faces_sort.cpp and one in docs/tools/faces.md.
const Table<FaceOrder>& sort_keys();

struct SortFacesOptions : FacesOptions {
  std::string by;              ///< a name of sort_keys()
  std::filesystem::path link;  ///< a new folder for numbered links; empty: none
};
/// Prints faces in an order: path and value.
Outcome sort_faces(const SortFacesOptions& options, Run& run);

constexpr double kNearDuplicate = 0.1;  ///< distance of appearances, see FaceLook
constexpr double kMaxDistance = 2;

struct CurateOptions : FacesOptions {
  std::int64_t best = 0;              ///< of best_faces(): how many stay
  double threshold = kNearDuplicate;  ///< of dedupe_faces(), 0 to kMaxDistance
  std::string where;                  ///< of filter_faces(): a dataset::Condition; faces that fulfil it stay
  bool apply = false;                 ///< move the others to trash/
};
/// The faces that go are printed with the reason, and moved with `apply`. best: those that are left when the
/// sharpest were taken evenly over yaw and pitch, no two nearly alike. Throws Error kUsage for a number out
/// of range.
Outcome best_faces(const CurateOptions& options, Run& run);
/// Those that are nearly like a sharper one.
Outcome dedupe_faces(const CurateOptions& options, Run& run);
/// Those that do not fulfil the condition. A face of which it cannot be said stays and is a failure in the
/// report. Throws Error kUsage for a condition that cannot be understood.
Outcome filter_faces(const CurateOptions& options, Run& run);

struct StatsOptions {
  ConsentOptions consents;
  std::vector<std::filesystem::path> datasets;
  std::filesystem::path likeness, performer;  ///< both or none: beside each other, with what is missing
  std::filesystem::path json_file, html_file;
};
/// Counts, poses, sharpness, sizes, people and gaps, as text, JSON and an HTML page.
Outcome face_stats(const StatsOptions& options, Run& run);

struct SheetOptions : FacesOptions {
  std::filesystem::path output;
  std::string person;  ///< whose faces; empty: everybody's
};
/// A contact sheet, a PNG.
Outcome face_sheet(const SheetOptions& options, Run& run);

struct CheckFacesOptions {
  std::filesystem::path dataset;
  bool repair = false;
};
/// Every digest, record, picture and correction; what is wrong is a failure in the report. With `repair`
/// lists of faces are rebuilt from their pictures, and half-written folders moved to trash/.
Outcome check_faces(const CheckFacesOptions& options, Run& run);
/// Rebuilds every faces.jsonl from the pictures' own records.
Outcome reindex_faces(const CheckFacesOptions& options, Run& run);

struct EditOptions : FacesOptions {
  std::string source;  ///< may be empty where the dataset has one
  std::int64_t frame = 0;
  int face = 0;
  std::filesystem::path landmarks, mask;
  std::string identity;
  bool skip = false, clear = false;
};
/// Writes a correction into overrides/. Throws Error kUsage when nothing, or something and `clear`, is asked
/// for, kInput when there is no such face, kFormat for landmarks or a mask of another form.
Outcome edit_face(const EditOptions& options, Run& run);

struct PackOptions : FacesOptions {
  std::filesystem::path output;  ///< a new folder
};
/// WebDataset tar shards: picture, mask and record of each face. The same dataset gives the same bytes.
Outcome pack_faces(const PackOptions& options, Run& run);

struct ImportOptions {
  ConsentOptions consents;
  std::filesystem::path folder, output, consent;
  std::string format;  ///< a name of peer_formats(), see faces_peer.h
  std::string source;  ///< name of the new source; empty: the folder's
  std::string crop = "whole";
  int size = 256;
  std::filesystem::path model_dir;
};
/// Makes a dataset, or adds to one, from another program's faces: they become align/ shards. Throws Error
/// kFormat, before anything is written, for metadata that are damaged or would run code.
Outcome import_faces(const ImportOptions& options, Run& run);

struct ExportFacesOptions : FacesOptions {
  std::filesystem::path output;  ///< a new folder
  std::string format;
};
Outcome export_faces(const ExportFacesOptions& options, Run& run);

}  // namespace understudy::stages
