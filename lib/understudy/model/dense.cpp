#include "understudy/model/dense.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <algorithm>

namespace understudy::model {
namespace {

constexpr std::int64_t kLanes = 16;   // partial sums that the compiler keeps in vector registers
constexpr std::int64_t kPiece = 512;  // of a row; a batch's pieces stay in the nearest cache

/// Rows of a contiguous matrix.
struct Rows {
  float* data;
  std::int64_t count, width;
  explicit Rows(const torch::Tensor& matrix)
      : data(matrix.data_ptr<float>()), count(matrix.size(0)), width(matrix.size(1)) {}
  float* operator[](std::int64_t i) const { return data + i * width; }
};

float dot(const float* a, const float* b, std::int64_t count) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  float sum = 0;
  for (; i < count; ++i) sum += a[i] * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

void add_scaled(float* to, const float* from, float factor, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += factor * from[i];
}

/// out[n][o] = x[n] . weight[o], each weight read once.
torch::Tensor forward_product(const torch::Tensor& x, const torch::Tensor& weight,
                              const torch::Tensor& bias) {
  // clone(): for one row contiguous() would hand out the bias itself.
  const torch::Tensor out = bias.expand({x.size(0), bias.size(0)}).clone(at::MemoryFormat::Contiguous);
  const Rows from(x), by(weight), to(out);
  at::parallel_for(0, by.count, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o)
      for (std::int64_t piece = 0; piece < by.width; piece += kPiece) {
        const std::int64_t count = std::min(kPiece, by.width - piece);
        for (std::int64_t n = 0; n < from.count; ++n) to[n][o] += dot(from[n] + piece, by[o] + piece, count);
      }
  });
  return out;
}

/// dx[n] = the sum of gradient[n][o] * weight[o].
torch::Tensor input_gradient(const torch::Tensor& gradient, const torch::Tensor& weight) {
  const torch::Tensor out = at::zeros({gradient.size(0), weight.size(1)}, gradient.options());
  const Rows g(gradient), by(weight), to(out);
  const std::int64_t pieces = (by.width + kPiece - 1) / kPiece;
  at::parallel_for(0, pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t piece = begin * kPiece; piece < std::min(end * kPiece, by.width); piece += kPiece) {
      const std::int64_t count = std::min(kPiece, by.width - piece);
      for (std::int64_t o = 0; o < by.count; ++o)
        for (std::int64_t n = 0; n < g.count; ++n) add_scaled(to[n] + piece, by[o] + piece, g[n][o], count);
    }
  });
  return out;
}

/// dweight[o] = the sum of gradient[n][o] * x[n].
torch::Tensor weight_gradient(const torch::Tensor& gradient, const torch::Tensor& x) {
  const torch::Tensor out = at::zeros({gradient.size(1), x.size(1)}, gradient.options());
  const Rows g(gradient), from(x), to(out);
  at::parallel_for(0, to.count, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o)
      for (std::int64_t piece = 0; piece < to.width; piece += kPiece) {
        const std::int64_t count = std::min(kPiece, to.width - piece);
        for (std::int64_t n = 0; n < g.count; ++n) add_scaled(to[o] + piece, from[n] + piece, g[n][o], count);
      }
  });
  return out;
}

struct Dense : torch::autograd::Function<Dense> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& weight, const torch::Tensor& bias) {
    const torch::Tensor rows = x.contiguous();
    context->save_for_backward({rows, weight});
    return forward_product(rows, weight.contiguous(), bias);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const torch::Tensor gradient = gradients[0].contiguous();
    return {context->needs_input_grad(0) ? input_gradient(gradient, saved[1].contiguous()) : torch::Tensor(),
            context->needs_input_grad(1) ? weight_gradient(gradient, saved[0]) : torch::Tensor(),
            context->needs_input_grad(2) ? gradient.sum(0) : torch::Tensor()};
  }
};

}  // namespace

torch::Tensor dense(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  const bool ours = x.is_cpu() && x.scalar_type() == torch::kFloat32;
  return ours ? Dense::apply(x, weight, bias) : at::linear(x, weight, bias);
}

}  // namespace understudy::model
