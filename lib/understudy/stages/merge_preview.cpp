#include "understudy/stages/merge_preview.h"

#include <algorithm>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "understudy/compose/blend.h"
#include "understudy/compose/color.h"
#include "understudy/compose/warp.h"
#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/dataset/png.h"
#include "understudy/stages/merge_sheet.h"
#include "understudy/stages/pipeline.h"

namespace understudy::stages {
namespace {

/// One way to merge, and where the sheet shows it.
struct Variant {
  std::vector<MergedWay> FaceBlock::*row;  ///< null: it is the result
  std::string label;
  bool chosen;  ///< it is what the options say
  MergeJob job;
};

/// The options' own way first, then each colour match and each blend mode, all else as the options say.
std::vector<Variant> variants_of(const MergeJob& job) {
  const MergeLook look = job.shot.at(job.wanted.front());
  std::vector<Variant> out{{nullptr, "result", true, job}};
  out.front().job.wants_matte = true;
  const auto add = [&](std::vector<MergedWay> FaceBlock::*row, const char* option, const std::string& word,
                       bool chosen) {
    out.push_back({row, text(option, " ", word), chosen, job});
    out.back().job.shot = job.shot.with(option, word);
  };
  for (const auto& match : compose::color_matches())
    add(&FaceBlock::colors, "color", match.name, match.name == look.color);
  for (const auto& mode : compose::blend_modes())
    add(&FaceBlock::blends, "blend", mode.name, mode.name == look.blend);
  return out;
}

/// Leaves only what the wanted frames need: each variant has a copy.
void forget_other_frames(MergeJob& job) {
  std::erase_if(job.converted.faces, [&](const auto& frame) {
    const auto near = std::ranges::lower_bound(job.wanted, frame.first - job.radius);
    return near == job.wanted.end() || *near > frame.first + job.radius;
  });
}

/// A frame on its way to the sheet.
struct PreviewFrame {
  MergeFrame plate;
  std::vector<MergeFrame> merged;  ///< by variant
  std::vector<cv::Mat> blocks;     ///< of the sheet
};

void measure_variants(const std::vector<Variant>& variants, PreviewFrame& work) {
  for (const Variant& variant : variants) {
    MergeFrame& merged = work.merged.emplace_back(work.plate);
    measure_frame(variant.job, merged);
  }
  if (!work.plate.wanted) work.plate.frame.reset();
}

/// Where a face's aligned crop lies in the frame; may be empty.
cv::Rect crop_region(const SwappedFace& face, cv::Size frame) {
  return compose::region_in_frame({{0, 0}, face.picture.size()}, face::inverse(face.aligned_from_frame),
                                  frame, 0);
}

/// The part of the frame that the sheet shows of a face: where its crop lies, but not far beyond the matte.
cv::Rect region_of(const SwappedFace& face, const cv::Mat& matte) {
  constexpr double kMargin = 0.15;  // of the matte's longer side
  const cv::Rect crop = crop_region(face, matte.size());
  if (crop.empty()) return crop;
  const cv::Rect replaced = cv::boundingRect(matte(crop));
  if (replaced.empty()) return crop;
  const int margin = static_cast<int>(kMargin * std::max(replaced.width, replaced.height));
  return (replaced + crop.tl() - cv::Point(margin, margin) + cv::Size(2 * margin, 2 * margin)) & crop;
}

/// The performer's aligned crop, cut from the plate.
cv::Mat performer_crop(const media::Picture& plate, const SwappedFace& face,
                       const media::DisplaySpace& space) {
  const cv::Rect region = crop_region(face, {plate.format().width, plate.format().height});
  const face::Affine crop_from_region =
      face::compose(face.aligned_from_frame, face::Affine(1, 0, region.x, 0, 1, region.y));
  return compose::warp(space.bgr(plate, region), crop_from_region, face.picture.size(),
                       compose::Resampling::kSharp);
}

/// The block of a face that lies in `region` of the frame `plate`, still without the ways to merge it.
FaceBlock begin_block(const media::Picture& plate, const SwappedFace& face, cv::Rect region,
                      const media::DisplaySpace& space) {
  FaceBlock out;
  out.plate = shown(space.bgr(plate, region));
  out.performer = shown(performer_crop(plate, face, space));
  out.swapped = shown(face.picture);
  return out;
}

media::Picture merged_picture(const std::vector<Variant>& variants, std::size_t variant, PreviewFrame& work,
                              const std::vector<const PreviewFrame*>& around) {
  std::vector<const MergeFrame*> same_way;
  for (const PreviewFrame* other : around) same_way.push_back(&other->merged[variant]);
  MergeFrame& merged = work.merged[variant];
  merged.frame->picture = merged.frame->picture.clone();  // all variants share the plate's
  merge_frame(variants[variant].job, merged, same_way);
  return std::exchange(merged.frame, std::nullopt)->picture;
}

/// Merges a wanted frame in all ways and draws its blocks.
void draw_frame(const std::vector<Variant>& variants, const std::string& heading, PreviewFrame& work,
                const std::vector<const PreviewFrame*>& around) {
  if (!work.plate.wanted || !work.plate.frame) return;
  const media::Picture& plate = work.plate.frame->picture;
  const media::DisplaySpace space = variants.front().job.shot.at(work.plate.number).space;
  const auto part = [&](const media::Picture& picture, cv::Rect region) {
    return shown(space.bgr(picture, region));
  };
  const std::vector<MergeFace> faces = work.merged.front().faces;
  const media::Picture result = merged_picture(variants, 0, work, around);
  const cv::Mat& matte = work.merged.front().matte.plane(0);
  std::vector<FaceBlock> blocks;
  std::vector<cv::Rect> regions;
  for (const MergeFace& face : faces) {
    const cv::Rect region = region_of(face.swapped, matte);
    if (region.empty()) continue;
    FaceBlock block = begin_block(plate, face.swapped, region, space);
    block.heading = text("frame ", work.plate.number, "   track ", face.track, "   ", heading);
    block.result = part(result, region);
    block.matte = matte(region);
    blocks.push_back(std::move(block));
    regions.push_back(region);
  }
  for (std::size_t v = 1; v < variants.size(); ++v) {
    const media::Picture picture = merged_picture(variants, v, work, around);
    for (std::size_t i = 0; i < blocks.size(); ++i)
      (blocks[i].*variants[v].row)
          .push_back({variants[v].label, variants[v].chosen, part(picture, regions[i])});
  }
  for (const FaceBlock& block : blocks) work.blocks.push_back(draw_block(block));
  if (blocks.empty())
    work.blocks.push_back(draw_empty_block(text("frame ", work.plate.number, "   no face is swapped here"),
                                           part(plate, {{0, 0}, matte.size()})));
  work.plate.frame.reset();
  work.merged.front().matte = {};
}

void write_sheet(const std::filesystem::path& path, std::vector<cv::Mat> blocks, const std::string& marking,
                 const std::function<std::string(std::string_view)>& signed_sheet) {
  if (blocks.empty()) throw Error(ErrorCode::kInput, "none of the frames to preview can be decoded");
  if (blocks.size() > kSheetBlocks) {
    log_warning(
        text("the sheet shows ", kSheetBlocks, " of ", blocks.size(), " faces: preview fewer frames"));
    blocks.resize(kSheetBlocks);
  }
  write_file(path, signed_sheet(dataset::encode_png(joined_blocks(blocks), marking)));
}

}  // namespace

std::optional<std::int64_t> write_preview(const MergeOptions& options, MergeJob job,
                                          media::FrameSource& plate, RotoMatte* roto,
                                          const std::map<std::string, std::string>& marking, Run& run,
                                          const std::function<std::string(std::string_view)>& signed_sheet) {
  forget_other_frames(job);
  const std::vector<Variant> variants = variants_of(job);
  const MergeLook look = job.shot.at(job.wanted.front());
  const std::string heading = text("--color ", look.color, " --mask ", look.mask, " --blend ", look.blend,
                                   " --texture ", joined(look.textures, ","));
  std::vector<cv::Mat> blocks;
  std::int64_t faces = 0;
  bool stopped = false;
  PipelineSteps<PreviewFrame> steps;
  steps.radius = static_cast<std::size_t>(job.radius);
  MergeFrames frames(job, plate, roto);
  steps.make = [&]() -> std::optional<PreviewFrame> {
    std::optional<MergeFrame> frame = frames.next();
    if (!frame) return std::nullopt;
    return PreviewFrame{std::move(*frame), {}, {}};
  };
  steps.work = [&](PreviewFrame& work) { measure_variants(variants, work); };
  steps.finish = [&](PreviewFrame& work, const std::vector<const PreviewFrame*>& around) {
    draw_frame(variants, heading, work, around);
  };
  steps.take = [&](PreviewFrame& work) {
    if (!work.plate.wanted) return true;
    for (MergeFailure& failure : work.merged.front().failures)
      run.report.add_failure(std::move(failure.item), std::move(failure.why));
    std::ranges::move(work.blocks, std::back_inserter(blocks));
    faces += work.merged.front().merged;
    run.progress.advance();
    stopped = run.cancel.stop_requested();
    return !stopped;
  };
  run.progress.start("preview", static_cast<std::int64_t>(job.wanted.size()));
  run_pipeline(effective_threads(options.common.threads), steps);
  run.progress.finish();
  if (stopped) return std::nullopt;
  write_sheet(options.output, blocks, marking.at("description"), signed_sheet);
  return faces;
}

}  // namespace understudy::stages
