#include "bench/limits.h"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <opencv2/core/utility.hpp>
#include <vector>

#include "bench/measure.h"
#include "understudy/model/device.h"

namespace understudy::bench {
namespace {

/// memcpy writes large blocks past the caches, which is slower where these are larger still: pieces stay
/// below that.
constexpr std::size_t kPiece = 256 << 10;

double measured_copy(std::size_t count) {
  std::vector<char> from(count, 1), to(count, 2);
  const auto copy = [&](std::size_t piece) {
    for (std::size_t at = 0; at < count; at += piece) {
      std::memcpy(to.data() + at, from.data() + at, std::min(piece, count - at));
      benchmark::ClobberMemory();
    }
    benchmark::DoNotOptimize(to.data());
  };
  // Short copies are repeated, so that the clock does not count.
  const std::size_t rounds = std::max<std::size_t>(1, (1 << 20) / count);
  const auto seconds = [&](std::size_t piece) {
    return least_seconds(4, [&] {
      for (std::size_t i = 0; i < rounds; ++i) copy(piece);
    });
  };
  return std::min(seconds(count), seconds(kPiece)) / static_cast<double>(rounds);
}

double measured_pass(std::size_t count) {
  std::vector<float> numbers(count / sizeof(float), 1);
  return least_seconds(4, [&] {
    for (float& number : numbers) number += 1;
    benchmark::DoNotOptimize(numbers.data());
    benchmark::ClobberMemory();
  });
}

double measured_product(Number number, int threads) {
  constexpr std::int64_t kSide = 2048;
  const at::NoGradGuard no_gradients;
  use_threads(threads);
  const auto type = number == Number::kBf16 ? torch::kBFloat16 : torch::kFloat32;
  const torch::Tensor a = torch::rand({kSide, kSide}).to(type), b = torch::rand({kSide, kSide}).to(type);
  constexpr double kProducts = 2.0 * kSide * kSide * kSide;
  if (at::globalContext().hasMKLDNN()) {  // the BLAS below libtorch may be the reference one, which is slow
    const torch::Tensor x = a.to_mkldnn(), weight = b.to_mkldnn();
    return least_seconds(4, [&] { at::mkldnn_linear(x, weight); }) / kProducts;
  }
  torch::Tensor out = torch::mm(a, b);
  return least_seconds(4, [&] { torch::mm_out(out, a, b); }) / kProducts;
}

}  // namespace

double memory_seconds(double bytes) {
  static LeastEver<std::size_t> least;
  const auto count = static_cast<std::size_t>(bytes / 2);
  return count == 0 ? 0 : least.of(count, [&] { return measured_copy(count); });
}

double in_place_seconds(double bytes) {
  static LeastEver<std::size_t> least;
  const auto count = static_cast<std::size_t>(bytes / 2);
  return least.of(count, [&] { return measured_pass(count); });
}

double product_seconds(double flops, Number number, int threads) {
  static LeastEver<std::pair<Number, int>> least;
  return flops * least.of({number, threads}, [&] { return measured_product(number, threads); });
}

void use_threads(int threads) {
  cv::setNumThreads(threads);
  model::use_threads(threads);
  // libtorch does not tell OpenBLAS, which keeps threads of its own in Debian's build.
  if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<void (*)(int)>(set)(threads);
}

}  // namespace understudy::bench
