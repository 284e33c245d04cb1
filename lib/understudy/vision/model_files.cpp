#include "understudy/vision/model_files.h"

#include <algorithm>
#include <array>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/sha256.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::vision {
namespace {

constexpr const char* kYunetOrigin = "https://github.com/ShiqiYu/libfacedetection.train, folder onnx";
constexpr const char* kOwnOrigin = "Understudy's own sources, lib/understudy/vision/models";
constexpr const char* kOwnLicence = "that of Understudy";
constexpr const char* kApache = "Apache-2.0";

constexpr std::array kFiles = {
    ModelFile{"shape_predictor_68_face_landmarks.dat", "dlib68",
              "the Debian package libdlib-data, or https://github.com/davisking/dlib-models",
              "free to use; its training set iBUG 300-W excludes commercial use, so ask before you sell work "
              "made with it",
              "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"},
    ModelFile{"yunet_n_320_320.onnx", "yunet", kYunetOrigin, kApache,
              "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2"},
    ModelFile{"yunet_n_640_640.onnx", "yunet", kYunetOrigin, kApache,
              "25a606a145a5b6d7271ae138fbd00eba91dad8b83222ae3f2c7ecd0f4a7b0e31"},
    ModelFile{"facemesh_192x192.onnx", "facemesh",
              "https://github.com/google/mediapipe, modules/face_landmark/face_landmark.tflite turned into "
              "ONNX with tf2onnx",
              kApache, "d543107cfab6a216501b37667ef1520950410dfe02d4c186e6b154fc91345ee1"},
    ModelFile{"understudy_detector.onnx", "understudy", kOwnOrigin, kOwnLicence,
              "ba73db0384efe4877f9830ccc91d95c25adcdb95493c72b05b9ecaed71d1cb68"},
    ModelFile{"understudy_face.onnx", "understudy", kOwnOrigin, kOwnLicence,
              "efb8e3145c8b7b9c5f1e39dfe7657a90e25b9173df2da1cccf58f6531a33004b"},
    ModelFile{"understudy_identity.onnx", "understudy", kOwnOrigin, kOwnLicence,
              "cfdead194ed5fd5989a1e57581671d346db1c4b79f3bedff049ee7b6c26dc0c2"},
};

const ModelFile& known_file(std::string_view name) {
  const auto found =
      std::find_if(kFiles.begin(), kFiles.end(), [&](const ModelFile& file) { return name == file.name; });
  if (found == kFiles.end()) throw Error(ErrorCode::kBug, text("no model file is called '", name, "'"));
  return *found;
}

}  // namespace

std::span<const ModelFile> model_files() {
  return kFiles;
}

fs::path find_shipped_model_file(std::string_view name, const fs::path& model_dir) {
  return find_model_file(name, model_dir, shipped_folder("models") / name);
}

fs::path find_model_file(std::string_view name, const fs::path& model_dir, const fs::path& fallback) {
  const ModelFile& file = known_file(name);
  std::error_code ignored;
  fs::path path = model_dir / name;
  const bool in_folder = !model_dir.empty() && fs::is_regular_file(path, ignored);
  if (!in_folder) path = fallback;
  if (path.empty() || !fs::is_regular_file(path, ignored)) {
    const std::string tried = model_dir.empty() ? std::string("no --model-dir was given")
                                                : text("it is not in the folder ", model_dir.string());
    throw Error(ErrorCode::kInput,
                text("'", file.used_by, "' needs the file ", file.name, ": ", tried,
                     fallback.empty() ? "" : text(", nor is there ", fallback.string())),
                text("get it from ", file.origin, " (licence: ", file.licence,
                     "), put it into a folder and name that folder with --model-dir"));
  }
  if (const std::string digest = sha256_file(path); digest != file.sha256)
    log_warning(text(path.string(),
                     " is another file than the one Understudy is tested with: its SHA-256 is ", digest,
                     ", not ", file.sha256));
  return path;
}

}  // namespace understudy::vision
