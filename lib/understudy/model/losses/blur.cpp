#include "understudy/model/losses/blur.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>
#ifdef UNDERSTUDY_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/gpu_layers.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

std::vector<float> gaussian(std::int64_t window, double sigma) {
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t i = 0; i < window; ++i) {
    const double x = static_cast<double>(i - window / 2);
    weights.push_back(std::exp(-x * x / (2 * sigma * sigma)));
    sum += weights.back();
  }
  std::vector<float> normalised;
  for (const double weight : weights) normalised.push_back(static_cast<float>(weight / sum));
  return normalised;
}

/// Made once for each.
template <class Make>
torch::Tensor kept(std::int64_t size, std::int64_t window, double sigma, torch::Device device,
                   const Make& make) {
  static std::mutex mutex;
  static std::map<std::tuple<std::int64_t, std::int64_t, double, std::string>, torch::Tensor> made;
  const std::lock_guard lock(mutex);
  torch::Tensor& tensor = made[{size, window, sigma, device.str()}];
  if (!tensor.defined()) {
    const at::NoGradGuard no_gradients;
    tensor = make().to(device);
  }
  return tensor;
}

/// A row vector times this (size x (size - window + 1)) is its blur.
torch::Tensor blur_matrix(std::int64_t size, std::int64_t window, double sigma) {
  const torch::Tensor weights = torch::tensor(gaussian(window, sigma));
  torch::Tensor matrix = at::zeros({size, size - window + 1}, torch::kFloat32);
  for (std::int64_t i = 0; i + window <= size; ++i) matrix.select(1, i).narrow(0, i, window).copy_(weights);
  return matrix;
}

/// out[i] = the weighted sum of from[i + k * stride]. Term by term, so that the compiler vectorises it.
void weighted_sum(const float* from, std::int64_t stride, const std::vector<float>& weights, float* out,
                  std::int64_t count) {
  std::fill(out, out + count, 0.f);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const float weight = weights[k];
    const float* term = from + static_cast<std::int64_t>(k) * stride;
    for (std::int64_t i = 0; i < count; ++i) out[i] += weight * term[i];
  }
}

/// Rows, then columns of each plane.
torch::Tensor filtered(const torch::Tensor& images, const std::vector<float>& weights) {
  const torch::Tensor in = images.contiguous();
  const std::int64_t size = in.size(3), inner = size - static_cast<std::int64_t>(weights.size()) + 1;
  torch::Tensor out = at::empty({in.size(0), in.size(1), inner, inner}, in.options());
  const float* from = in.data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, in.size(0) * in.size(1), 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> rows(static_cast<std::size_t>(size * inner));
    for (std::int64_t plane = begin; plane < end; ++plane) {
      for (std::int64_t y = 0; y < size; ++y)
        weighted_sum(from + (plane * size + y) * size, 1, weights, rows.data() + y * inner, inner);
      for (std::int64_t y = 0; y < inner; ++y)
        weighted_sum(rows.data() + y * inner, inner, weights, to + (plane * inner + y) * inner, inner);
    }
  });
  return out;
}

#ifdef UNDERSTUDY_WITH_CUDA
torch::Tensor filtered_on_gpu(const torch::Tensor& images, std::int64_t window, double sigma) {
  constexpr std::int64_t kWeightsAlone = 0;  // no matrix has this size
  const torch::Tensor weights = kept(kWeightsAlone, window, sigma, images.device(),
                                     [&] { return torch::tensor(gaussian(window, sigma)); });
  const auto stream = c10::cuda::getCurrentCUDAStream(images.device().index());
  const auto pass = [&](const torch::Tensor& in, bool along_rows, bool along_columns) {
    const std::int64_t planes = in.size(0) * in.size(1), height = in.size(2), width = in.size(3);
    torch::Tensor out = at::empty({in.size(0), in.size(1), along_columns ? height - window + 1 : height,
                                   along_rows ? width - window + 1 : width},
                                  in.options());
    const auto filter = [&](auto&& kernel, auto... which) {
      return kernel(in.data_ptr<float>(), out.data_ptr<float>(), weights.data_ptr<float>(),
                    static_cast<int>(window), planes, static_cast<int>(height), static_cast<int>(width),
                    which..., stream.stream());
    };
    const int code = along_rows && along_columns ? filter(gpu_filter_both) : filter(gpu_filter, along_rows);
    if (code != 0) throw Error(ErrorCode::kResource, text("the GPU refused a blur with CUDA's error ", code));
    return out;
  };
  if (window <= kMostTaps) return pass(images.contiguous(), true, true);
  return pass(pass(images.contiguous(), true, false), false, true);
}
#endif

/// float32, square pictures.
torch::Tensor filtered(const torch::Tensor& images, std::int64_t window, double sigma) {
#ifdef UNDERSTUDY_WITH_CUDA
  if (images.is_cuda()) return filtered_on_gpu(images, window, sigma);
#endif
  return filtered(images, gaussian(window, sigma));
}

struct Blur : torch::autograd::Function<Blur> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& images,
                               std::int64_t window, double sigma) {
    context->saved_data["window"] = window;
    context->saved_data["sigma"] = sigma;
    return filtered(images, window, sigma);
  }
  /// The window is symmetric: the gradient is the blur of the gradient within zeros.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const std::int64_t window = context->saved_data["window"].toInt(), border = window - 1;
    const torch::Tensor framed = at::constant_pad_nd(gradients[0], {border, border, border, border});
    return {filtered(framed, window, context->saved_data["sigma"].toDouble()), {}, {}};
  }
};

/// Whether there are loops of our own for these; the rest is for double numbers and other devices.
bool has_filter(const torch::Tensor& images) {
#ifdef UNDERSTUDY_WITH_CUDA
  const bool there = images.is_cpu() || images.is_cuda();
#else
  const bool there = images.is_cpu();
#endif
  return there && images.scalar_type() == torch::kFloat32;
}

}  // namespace

torch::Tensor inner_blurred(const torch::Tensor& images_nchw, std::int64_t window, double sigma) {
  if (has_filter(images_nchw)) return Blur::apply(images_nchw, window, sigma);
  const std::int64_t size = images_nchw.size(3);
  const torch::Tensor matrix = kept(size, window, sigma, images_nchw.device(), [&] {
                                 return blur_matrix(size, window, sigma);
                               }).to(images_nchw.scalar_type());
  return at::matmul(at::matmul(images_nchw, matrix).transpose(-1, -2), matrix).transpose(-1, -2);
}

torch::Tensor gaussian_blurred(const torch::Tensor& images_nchw, double sigma) {
  const auto radius = static_cast<std::int64_t>(std::ceil(3 * sigma));
  const torch::Tensor framed = at::constant_pad_nd(images_nchw, {radius, radius, radius, radius});
  return inner_blurred(framed, 2 * radius + 1, sigma).contiguous();
}

}  // namespace understudy::model
