#include <benchmark/benchmark.h>

#include <iostream>
#include <opencv2/core/utility.hpp>

#include "bench/benchmarks.h"
#include "bench/faces.h"
#include "bench/limits.h"
#include "understudy/core/memory.h"
#include "understudy/core/run.h"

extern "C" {
#include <libavutil/avutil.h>
}

namespace {

/// What the figures were measured with; stands at the head of the results.
void describe_machine() {
  using understudy::bench::Number;
  using understudy::bench::product_seconds;
  const auto gigaflops = [](Number number, int threads) -> std::string {
    if (number == Number::kBf16 && !understudy::bench::works_in_bf16()) return "0";
    return understudy::fixed(1e-9 / product_seconds(1, number, threads), 0);
  };
  benchmark::AddCustomContext("understudy", std::string(understudy::version()));
  benchmark::AddCustomContext("opencv", cv::getVersionString());
  benchmark::AddCustomContext("ffmpeg", av_version_info());
  benchmark::AddCustomContext("memcpy_gb_per_second",
                              understudy::fixed(64e-3 / understudy::bench::memory_seconds(64e6), 1));
  benchmark::AddCustomContext("fp32_gflops_1_thread", gigaflops(Number::kFp32, 1));
  benchmark::AddCustomContext("bf16_gflops_1_thread", gigaflops(Number::kBf16, 1));
  benchmark::AddCustomContext("bf16_gflops_2_threads", gigaflops(Number::kBf16, 2));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace understudy::bench;
  try {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    understudy::keep_freed_memory();  // as every program does
    describe_machine();
    for (const auto add :
         {add_decode, add_display, add_encode, add_crops, add_detectors, add_landmarkers, add_align,
          add_color, add_merge, add_beside, add_watermark, add_train, add_convert})
      add();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
  } catch (const std::exception& e) {
    std::cerr << "understudy_bench: " << e.what() << "\n";
    return 1;
  }
}
