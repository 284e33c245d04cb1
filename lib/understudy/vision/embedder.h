#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

#include "understudy/core/table.h"
#include "understudy/face/geometry.h"
#include "understudy/face/identity.h"

namespace understudy::vision {

/// Tells whose face it is by a direction: the faces of one person point the same way. Not thread-safe: every
/// thread has its own, see twin().
class Embedder {
 public:
  virtual ~Embedder() = default;

  /// A vector of unit length for the face with these landmarks, in pixels of `bgr8` (CV_8UC3, B, G, R). Only
  /// vectors of one name() may be compared. Throws Error kFormat for an empty picture, or landmarks that all
  /// lie in one place.
  virtual face::Identity embed(const cv::Mat& bgr8, const face::Landmarks& landmarks) = 0;
  /// What gives the numbers: the table's name, with the network's digest where it may be any.
  virtual std::string name() const = 0;
  /// The likeness (cosine) from which two tracks, each seen by a few faces, are of one person.
  virtual double same_person() const = 0;
  /// Below this likeness a track is hardly of the person whom a picture or two show.
  virtual double other_person() const = 0;
  /// Another one of the same kind for another thread; what is only read is shared.
  virtual std::unique_ptr<Embedder> twin() const = 0;
};

struct EmbedderOptions {
  std::filesystem::path model_dir;  ///< where the file of an embedder may be; may be empty
};

/// Throws Error kInput or kFormat when a model file is missing or unusable.
using EmbedderFactory = std::function<std::unique_ptr<Embedder>(const EmbedderOptions&)>;

/// To add one: embedder/NAME.cpp with a maker declared in embedder/makers.h, a row in embedder/table.cpp, a
/// row in docs/tools/align.md; its model files go into model_files().
const Table<EmbedderFactory>& embedders();

/// The picture that embedders look at: `side` pixels, eyes, nose tip and mouth corners brought to the places
/// that they have in the usual template of 112 pixels. Throws Error kFormat as embed().
cv::Mat identity_view(const cv::Mat& bgr8, const face::Landmarks& landmarks, int side);

}  // namespace understudy::vision
