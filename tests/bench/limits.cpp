#include "bench/limits.h"

#include <dlfcn.h>
#include <torch/torch.h>

#include <cstring>
#include <map>
#include <opencv2/core/utility.hpp>
#include <vector>

#include "bench/measure.h"
#include "understudy/model/device.h"

namespace understudy::bench {
namespace {

double measured_copy(std::size_t count) {
  std::vector<char> from(count, 1), to(count, 2);
  // Short copies are repeated, so that the clock does not count.
  const int rounds =
      static_cast<int>(std::max<std::size_t>(1, (std::size_t{1} << 20) / std::max<std::size_t>(count, 1)));
  return least_seconds(20,
                       [&] {
                         for (int i = 0; i < rounds; ++i) {
                           std::memcpy(to.data(), from.data(), count);
                           benchmark::DoNotOptimize(to.data());
                           benchmark::ClobberMemory();
                         }
                       }) /
         rounds;
}

double measured_product(Number number, int threads) {
  constexpr std::int64_t kSide = 2048;
  const torch::NoGradGuard no_gradients;
  use_threads(threads);
  const auto type = number == Number::kBf16 ? torch::kBFloat16 : torch::kFloat32;
  const torch::Tensor a = torch::rand({kSide, kSide}).to(type), b = torch::rand({kSide, kSide}).to(type);
  torch::Tensor out = torch::mm(a, b);
  return least_seconds(8, [&] { torch::mm_out(out, a, b); }) / (2.0 * kSide * kSide * kSide);
}

}  // namespace

double memory_seconds(double bytes) {
  static std::map<std::size_t, double> known;
  const auto count = static_cast<std::size_t>(bytes / 2);
  const auto found = known.find(count);
  return found != known.end() ? found->second : known[count] = measured_copy(count);
}

double product_seconds(double flops, Number number, int threads) {
  static std::map<std::pair<Number, int>, double> known;
  const auto key = std::pair(number, threads);
  if (!known.contains(key)) known[key] = measured_product(number, threads);
  return flops * known[key];
}

void use_threads(int threads) {
  cv::setNumThreads(threads);
  model::use_threads(threads);
  // libtorch does not tell OpenBLAS, which keeps threads of its own in Debian's build.
  if (void* set = dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))
    reinterpret_cast<void (*)(int)>(set)(threads);
}

}  // namespace understudy::bench
