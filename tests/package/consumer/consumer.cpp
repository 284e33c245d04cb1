#include <iostream>

#include "understudy/core/frames.h"
#include "understudy/dataset/dataset.h"
#include "understudy/model/converter.h"

namespace {

using namespace understudy;

void print_faces(const dataset::Dataset& set) {
  std::vector<dataset::BadLine> bad;
  for (const auto& source : set.sources()) {
    std::cout << set.info().role << " of " << set.source(source).frame_count << " frames\n";
    for (const auto& shard : dataset::list_shards(set.stage_folder("align", source)))
      for (const auto& record : dataset::read_records(shard, bad))
        std::cout << "face of frame " << record.frame << ": " << record.landmarks->size() << " landmarks\n";
  }
}

}  // namespace

/// What a dataset and a model hold, in the words that the test of the package expects.
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const auto odd = FrameSet::parse("1-9x2");
    std::cout << "1-9x2 holds 3: " << odd.contains(3) << ", 4: " << odd.contains(4) << "\n";
    print_faces(dataset::Dataset::open(argv[1]));
    const model::Converter converter(argv[2], "cpu", 1);
    const auto swapped = converter.convert(torch::zeros({1, 32, 32, 3}, torch::kUInt8));
    std::cout << "a swapped face of " << swapped.image_nhwc.size(1) << " pixels\n";
    return 0;
  } catch (const Error& e) {
    std::cerr << e.message() << "\n";
    return static_cast<int>(e.code());
  }
}
