#include "bench/benchmarks.h"
#include "bench/measure.h"
#include "bench/samples.h"
#include "understudy/core/files.h"
#include "understudy/dataset/png.h"

namespace understudy::bench {
namespace {

/// A crop as the datasets hold it, and about as much text as a face's record.
struct Crop {
  cv::Mat picture;
  std::string record = std::string(3000, 'x');
  std::filesystem::path path = scratch() / "crop.png";

  Crop(int side, int depth) {
    aligned(hd_clip(), side).picture.convertTo(picture, depth, depth == CV_16U ? 257 : 1);
  }
  double megapixels() const { return static_cast<double>(picture.total()) / 1e6; }
  /// Pixels and file are each read or written once.
  double limit(std::size_t file_bytes) const {
    return memory_seconds(static_cast<double>(picture.total() * picture.elemSize() + file_bytes));
  }
};

void write(benchmark::State& state, int side, int depth) {
  const Crop crop(side, depth);
  const std::size_t size = dataset::encode_png(crop.picture, crop.record).size();
  repeat(state, {"megapixels", crop.megapixels(), crop.limit(size)}, [&] {
    std::filesystem::remove(crop.path);
    write_unpublished(crop.path, dataset::encode_png(crop.picture, crop.record));
    return 0;
  });
}

void read(benchmark::State& state, int side, int depth) {
  const Crop crop(side, depth);
  const std::string bytes = dataset::encode_png(crop.picture, crop.record);
  write_file(crop.path, bytes);
  repeat(state, {"megapixels", crop.megapixels(), crop.limit(bytes.size())},
         [&] { return dataset::decode_png(read_file(crop.path), "crop"); });
}

}  // namespace

void add_crops() {
  for (const auto& [name, depth] : {std::pair{"8-bit", CV_8U}, {"16-bit", CV_16U}}) {
    for (const int side : {256, 512}) {
      const std::string what = text(side, "/", name);
      add("crop-write/" + what, {1}, [side, d = depth](auto& state, int) { write(state, side, d); });
      add("crop-read/" + what, {1}, [side, d = depth](auto& state, int) { read(state, side, d); });
    }
  }
}

}  // namespace understudy::bench
