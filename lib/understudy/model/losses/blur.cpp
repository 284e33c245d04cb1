#include "understudy/model/losses/blur.h"

#include <torch/torch.h>

#include <cmath>
#include <map>
#include <mutex>
#include <tuple>

#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

torch::Tensor gaussian(std::int64_t window, double sigma) {
  const torch::Tensor x = at::arange(window, torch::kFloat32) - static_cast<double>(window / 2);
  const torch::Tensor weights = at::exp(x.square() / (-2 * sigma * sigma));
  return weights / weights.sum();
}

}  // namespace

torch::Tensor inner_blur_matrix(std::int64_t size, std::int64_t window, double sigma,
                                const torch::Tensor& like) {
  static std::mutex mutex;
  static std::map<std::tuple<std::int64_t, std::int64_t, double, std::string>, torch::Tensor> made;
  const std::lock_guard lock(mutex);
  torch::Tensor& matrix = made[{size, window, sigma, like.device().str()}];
  if (!matrix.defined()) {
    const torch::NoGradGuard no_gradients;
    const torch::Tensor weights = gaussian(window, sigma);
    torch::Tensor fresh = at::zeros({size, size - window + 1}, torch::kFloat32);
    for (std::int64_t i = 0; i + window <= size; ++i) fresh.select(1, i).narrow(0, i, window).copy_(weights);
    matrix = fresh.to(like.device());
  }
  return matrix.to(like.scalar_type());
}

torch::Tensor blurred_transposed(const torch::Tensor& images_nchw, const torch::Tensor& matrix) {
  return at::matmul(at::matmul(images_nchw, matrix).transpose(-1, -2), matrix);
}

torch::Tensor gaussian_blurred(const torch::Tensor& images_nchw, double sigma) {
  const std::int64_t radius = static_cast<std::int64_t>(std::ceil(3 * sigma)), size = images_nchw.size(3);
  const torch::Tensor matrix =
      inner_blur_matrix(size + 2 * radius, 2 * radius + 1, sigma, images_nchw).narrow(0, radius, size);
  return blurred_transposed(images_nchw, matrix).transpose(-1, -2).contiguous();
}

}  // namespace understudy::model
