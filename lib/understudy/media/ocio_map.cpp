#include "understudy/media/ocio_map.h"

#include <OpenColorIO/OpenColorIO.h>

#include <algorithm>

#include <opencv2/core.hpp>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/sha256.h"
#include "understudy/core/text.h"
#include "understudy/media/color_primaries.h"
#include "understudy/media/tagged_map.h"

namespace OCIO = OCIO_NAMESPACE;
namespace fs = std::filesystem;

namespace understudy::media {
namespace {

/// From the colour space to the configuration's own reference, and by `rest` on to display space.
class OcioMap : public ColorMap {
 public:
  OcioMap(const OCIO::ConstProcessorRcPtr& there, const OCIO::ConstProcessorRcPtr& back,
          std::shared_ptr<const ColorMap> rest)
      : there_(exact(there)), back_(exact(back)), rest_(std::move(rest)) {}

  void to_display(cv::Mat& bgr) const override {
    apply(*there_, bgr);
    if (rest_) rest_->to_display(bgr);
  }
  void to_coded(cv::Mat& bgr) const override {
    if (rest_) rest_->to_coded(bgr);
    apply(*back_, bgr);
  }

 private:
  /// Without the approximations that OpenColorIO takes by default: the way back must lead to where one was.
  static OCIO::ConstCPUProcessorRcPtr exact(const OCIO::ConstProcessorRcPtr& processor) {
    return processor->getOptimizedCPUProcessor(OCIO::OPTIMIZATION_LOSSLESS);
  }
  static void apply(const OCIO::CPUProcessor& processor, cv::Mat& bgr) {
    OCIO::PackedImageDesc image(bgr.data, bgr.cols, bgr.rows, OCIO::CHANNEL_ORDERING_BGR, OCIO::BIT_DEPTH_F32,
                                sizeof(float), static_cast<std::ptrdiff_t>(bgr.elemSize()),
                                static_cast<std::ptrdiff_t>(bgr.step));
    processor.apply(image);
  }

  OCIO::ConstCPUProcessorRcPtr there_, back_;
  std::shared_ptr<const ColorMap> rest_;
};

OCIO::ConstConfigRcPtr read_config(const fs::path& path) {
  if (!fs::is_regular_file(path))
    throw Error(ErrorCode::kInput, text("there is no OpenColorIO configuration ", path.string()),
                "name its file with --ocio");
  return OCIO::Config::CreateFromFile(path.c_str());
}

std::vector<std::string> spaces_of(const OCIO::Config& config) {
  std::vector<std::string> out;
  for (int i = 0; i < config.getNumColorSpaces(); ++i) out.emplace_back(config.getColorSpaceNameByIndex(i));
  return out;
}

void require_space(const OCIO::Config& config, const fs::path& path, const std::string& name) {
  const OCIO::ConstColorSpaceRcPtr space = config.getColorSpace(name.c_str());
  if (space == nullptr)
    throw Error(ErrorCode::kUsage, text(path.string(), " has no colour space '", name, "'"),
                text("choose one of: ", joined(spaces_of(config))));
  if (space->isData())
    throw Error(ErrorCode::kUsage, text("'", name, "' of ", path.string(), " is for data, not for colours"),
                "choose the colour space that the plate is in");
}

/// Where the configuration leads to, and how to go on from there.
struct Destination {
  std::string name;
  std::shared_ptr<const ColorMap> rest;
};

Destination destination_of(const OCIO::Config& config, const fs::path& path) {
  constexpr const char* kInterchange = "aces_interchange";
  constexpr Chromaticities kAp0{0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.0770, 0.32168, 0.33767};
  if (config.hasRole(kInterchange)) return {kInterchange, tagged_map("linear", kAp0)};
  for (const char* name : {"sRGB - Texture", "Utility - sRGB - Texture", "srgb_tx", "sRGB"})
    if (config.getColorSpace(name) != nullptr) return {name, nullptr};
  throw Error(ErrorCode::kInput,
              text(path.string(), " has neither the role aces_interchange nor a colour space called sRGB"),
              "give it one of them: the way to display space leads over it");
}

/// Of the configuration's file and those that the way to display space uses.
std::string digest_of(const fs::path& path, const OCIO::Processor& processor) {
  std::vector<std::string> digests;
  const OCIO::ConstProcessorMetadataRcPtr used = processor.getProcessorMetadata();
  for (int i = 0; i < used->getNumFiles(); ++i) digests.push_back(sha256_file(used->getFile(i)));
  std::ranges::sort(digests);
  std::string all = sha256_file(path);
  for (const std::string& digest : digests) all += '\n' + digest;
  return sha256(all);
}

/// Colours from black to white must come back from display space as they were.
void check_way_back(const ColorMap& map, const fs::path& path, const std::string& name) {
  constexpr int kSteps = 33;
  constexpr float kAllowed = 1.0F / 2048;
  cv::Mat codes(1, kSteps, CV_32FC3);
  for (int i = 0; i < kSteps; ++i)
    codes.at<cv::Vec3f>(0, i) = cv::Vec3f::all(static_cast<float>(i) / (kSteps - 1));
  cv::Mat colors = codes.clone();
  map.to_display(colors);
  map.to_coded(colors);
  const double error = cv::norm(colors, codes, cv::NORM_INF);
  if (!(error <= kAllowed))
    throw Error(ErrorCode::kFormat,
                text("the colour space '", name, "' of ", path.string(), " has no way back: codes return by ",
                     error, " off"),
                "choose one without a view's clipping or tone mapping");
}

}  // namespace

OcioSpace ocio_space(const fs::path& path, const std::string& name) {
  try {
    const OCIO::ConstConfigRcPtr config = read_config(path);
    require_space(*config, path, name);
    const Destination destination = destination_of(*config, path);
    const auto there = config->getProcessor(name.c_str(), destination.name.c_str());
    const auto back = config->getProcessor(destination.name.c_str(), name.c_str());
    OcioSpace out{std::make_shared<OcioMap>(there, back, destination.rest), digest_of(path, *there)};
    check_way_back(*out.map, path, name);
    return out;
  } catch (const OCIO::Exception& e) {
    throw Error(ErrorCode::kInput, text("cannot use '", name, "' of ", path.string(), ": ", e.what()),
                "check the configuration, for instance with ociocheck");
  }
}

}  // namespace understudy::media
