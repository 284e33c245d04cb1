#include "understudy/stages/contact_sheet.h"

#include <map>
#include <opencv2/imgproc.hpp>

#include "understudy/core/files.h"
#include "understudy/dataset/dataset.h"
#include "understudy/dataset/png.h"
#include "understudy/face/mask.h"
#include "understudy/stages/person_choice.h"
#include "understudy/vision/warp.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr int kCell = 240;
constexpr int kColumns = 4;  // pairs of pictures
const cv::Scalar kBoxColor(255, 255, 255), kFollowedColor(0, 140, 255), kLandmarkColor(80, 255, 80),
    kMaskColor(0, 230, 255);

struct Face {
  fs::path extract_folder, align_folder;  ///< of the stage and source
  fs::path aligned;
  dataset::FaceRecord record;
};

std::vector<Face> all_faces(const std::vector<fs::path>& datasets, const std::string& person) {
  std::vector<Face> out;
  for (const fs::path& root : datasets) {
    const auto dataset = dataset::Dataset::open(root);
    const dataset::FacesInUse in_use(dataset);
    PersonChoice choice(person);
    for (const std::string& source : dataset.sources()) {
      const fs::path folder = dataset.stage_folder("align", source);
      std::vector<dataset::BadLine> bad;
      for (const dataset::Shard& shard : dataset::list_shards(folder))
        for (dataset::FaceRecord& record : in_use.read(shard, bad))
          if (choice.takes(record) && record.landmarks && record.aligned_from_frame)
            out.push_back({dataset.stage_folder("extract", source), folder, shard.folder / record.image,
                           std::move(record)});
    }
    choice.check(dataset);
  }
  return out;
}

std::vector<Face> spread(std::vector<Face> faces, std::size_t count) {
  if (faces.size() <= count) return faces;
  std::vector<Face> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(std::move(faces[i * (faces.size() - 1) / (count - 1)]));
  return out;
}

/// The context crops' paths by their file name: shards of extract and align need not be the same.
std::map<std::string, fs::path> context_crops(const fs::path& extract_folder) {
  std::map<std::string, fs::path> out;
  for (const dataset::Shard& shard : dataset::list_shards(extract_folder))
    for (const auto& entry : fs::directory_iterator(shard.folder))
      out.emplace(entry.path().filename().string(), entry.path());
  return out;
}

cv::Mat read_8_bits(const fs::path& path) {
  cv::Mat picture = dataset::decode_png(read_file(path), path.string());
  if (picture.depth() == CV_16U) picture.convertTo(picture, CV_8U, 1.0 / 257);
  return picture;
}

/// Draws what `record` says, with `cell_from_frame`.
void draw(cv::Mat cell, const dataset::FaceRecord& record, const face::Affine& cell_from_frame,
          bool with_box) {
  const auto at = [&](cv::Point2f p) { return cv::Point(face::transform(cell_from_frame, cv::Point2d(p))); };
  std::vector<cv::Point> outline;
  for (cv::Point2f p : face::face_outline(*record.landmarks)) outline.push_back(at(p));
  cv::polylines(cell, outline, true, kMaskColor, 1, cv::LINE_AA);
  for (cv::Point2f p : *record.landmarks) cv::circle(cell, at(p), 1, kLandmarkColor, cv::FILLED, cv::LINE_AA);
  if (!with_box) return;
  const bool followed = record.detector.ends_with("followed");
  cv::rectangle(cell, at(record.box.tl()), at(record.box.br()), followed ? kFollowedColor : kBoxColor, 1,
                cv::LINE_AA);
}

void write_text(cv::Mat cell, const std::string& line, int row) {
  const cv::Point place(4, 14 + 15 * row);
  cv::putText(cell, line, place, cv::FONT_HERSHEY_SIMPLEX, 0.42, cv::Scalar(0, 0, 0), 3, cv::LINE_AA);
  cv::putText(cell, line, place, cv::FONT_HERSHEY_SIMPLEX, 0.42, cv::Scalar(255, 255, 255), 1, cv::LINE_AA);
}

/// Fits `picture` into the cell and gives cell_from_picture.
face::Affine fill(cv::Mat cell, const cv::Mat& picture) {
  const double scale = static_cast<double>(kCell) / std::max(picture.cols, picture.rows);
  const face::Affine cell_from_picture(scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2);
  vision::warp(picture, cell_from_picture, {kCell, kCell}).copyTo(cell);
  return cell_from_picture;
}

void draw_face(cv::Mat left, cv::Mat right, const Face& face,
               const std::map<std::string, fs::path>& contexts) {
  const dataset::FaceRecord& record = face.record;
  const auto context = contexts.find(record.image);
  if (context != contexts.end()) {
    const face::Affine cell_from_crop = fill(left, read_8_bits(context->second));
    draw(left, record, face::compose(cell_from_crop, record.crop_from_frame), true);
  }
  const face::Affine cell_from_aligned = fill(right, read_8_bits(face.aligned));
  draw(right, record, face::compose(cell_from_aligned, *record.aligned_from_frame), false);
  write_text(left, text(record.source, " ", dataset::face_name(record)), 0);
  write_text(left, text("track ", record.track, "  ", fixed(record.score, 2)), 1);
  if (record.pose)
    write_text(right,
               text("yaw ", fixed(record.pose->yaw_deg, 0), " pitch ", fixed(record.pose->pitch_deg, 0),
                    " roll ", fixed(record.pose->roll_deg, 0)),
               0);
  if (record.sharpness) write_text(right, text("sharpness ", fixed(*record.sharpness, 0)), 1);
}

}  // namespace

void write_contact_sheet(const std::vector<fs::path>& datasets, const fs::path& file,
                         const std::string& person) {
  const std::vector<Face> faces = spread(all_faces(datasets, person), kSheetFaces);
  if (faces.empty())
    throw Error(ErrorCode::kInput, "there is no aligned face to put on a contact sheet",
                "run understudy-align first");
  const int rows = (static_cast<int>(faces.size()) + kColumns - 1) / kColumns;
  cv::Mat sheet(rows * kCell, 2 * kColumns * kCell, CV_8UC3, cv::Scalar(40, 40, 40));
  std::map<fs::path, std::map<std::string, fs::path>> contexts;
  for (int i = 0; i < static_cast<int>(faces.size()); ++i) {
    const Face& face = faces[static_cast<std::size_t>(i)];
    if (!contexts.contains(face.extract_folder))
      contexts[face.extract_folder] = context_crops(face.extract_folder);
    const cv::Rect left(i % kColumns * 2 * kCell, i / kColumns * kCell, kCell, kCell);
    draw_face(sheet(left), sheet(left + cv::Point(kCell, 0)), face, contexts[face.extract_folder]);
  }
  write_file(file, dataset::encode_png(sheet, ""));
}

}  // namespace understudy::stages
