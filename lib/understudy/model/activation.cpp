#include "understudy/model/activation.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>
#ifdef UNDERSTUDY_WITH_CUDA
#include <c10/cuda/CUDAStream.h>
#endif

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/gpu_layers.h"

namespace understudy::model {

torch::Tensor doubled(const torch::Tensor& x, at::MemoryFormat format) {
  const std::int64_t n = x.size(0), c = x.size(1) / 4, h = x.size(2), w = x.size(3);
  if (format == at::MemoryFormat::Contiguous)
    return x.reshape({n, 2, 2, c, h, w}).permute({0, 3, 4, 1, 5, 2}).reshape({n, c, 2 * h, 2 * w});
  const torch::Tensor parts = x.permute({0, 2, 3, 1}).reshape({n, h, w, 2, 2, c});
  return parts.permute({0, 1, 3, 2, 4, 5}).reshape({n, 2 * h, 2 * w, c}).permute({0, 3, 1, 2});
}

#ifdef UNDERSTUDY_WITH_CUDA

namespace {

void check(int code) {
  if (code != 0)
    throw Error(ErrorCode::kResource, text("the GPU refused a layer's activation with CUDA's error ", code));
}

GpuActivation description(const torch::Tensor& conv, double slope, bool doubles) {
  return {conv.size(0) * conv.size(2) * conv.size(3),
          conv.size(1),
          conv.size(3),
          doubles,
          static_cast<float>(slope),
          conv.scalar_type() == torch::kBFloat16 ? GpuNumber::kBFloat16 : GpuNumber::kFloat32};
}

void* current_stream(const torch::Tensor& on) {
  return c10::cuda::getCurrentCUDAStream(on.device().index()).stream();
}

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

torch::Tensor forward(AutogradContext* context, const torch::Tensor& conv, const torch::Tensor& bias,
                      const torch::Tensor& residual, double slope, bool doubles) {
  const torch::Tensor in = conv.contiguous(at::MemoryFormat::ChannelsLast);
  const torch::Tensor added =
      residual.defined() ? residual.contiguous(at::MemoryFormat::ChannelsLast) : residual;
  const std::int64_t n = in.size(0), c = in.size(1), h = in.size(2), w = in.size(3);
  const auto channels_last = in.options().memory_format(at::MemoryFormat::ChannelsLast);
  const torch::Tensor out =
      doubles ? at::empty({n, c / 4, 2 * h, 2 * w}, channels_last) : at::empty({n, c, h, w}, channels_last);
  check(gpu_activate(description(in, slope, doubles), in.data_ptr(), bias.data_ptr<float>(),
                     added.defined() ? added.data_ptr() : nullptr, out.data_ptr(), current_stream(in)));
  context->save_for_backward({out});
  context->saved_data["shape"] = in.sizes().vec();
  context->saved_data["slope"] = slope;
  context->saved_data["doubles"] = doubles;
  return out;
}

struct Gradients {
  torch::Tensor conv, bias;
};

Gradients backward(AutogradContext* context, const torch::Tensor& out_gradient) {
  const torch::Tensor out = context->get_saved_variables()[0];
  const torch::Tensor gradient = out_gradient.contiguous(at::MemoryFormat::ChannelsLast);
  const Gradients made{
      at::empty(context->saved_data["shape"].toIntVector(),
                out.options().memory_format(at::MemoryFormat::ChannelsLast)),
      at::zeros({context->saved_data["shape"].toIntVector()[1]}, out.options().dtype(torch::kFloat32))};
  const GpuActivation what = description(made.conv, context->saved_data["slope"].toDouble(),
                                         context->saved_data["doubles"].toBool());
  check(gpu_activate_backward(what, out.data_ptr(), gradient.data_ptr(), made.conv.data_ptr(),
                              made.bias.data_ptr<float>(), current_stream(out)));
  return made;
}

// libtorch's functions take no undefined tensors: with a residual it is another one.
struct Plain : torch::autograd::Function<Plain> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& conv, const torch::Tensor& bias,
                               double slope, bool doubles) {
    return model::forward(context, conv, bias, {}, slope, doubles);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Gradients made = model::backward(context, gradients[0]);
    return {made.conv, made.bias, {}, {}};
  }
};

struct Residual : torch::autograd::Function<Residual> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& conv, const torch::Tensor& bias,
                               const torch::Tensor& residual, double slope) {
    return model::forward(context, conv, bias, residual, slope, false);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Gradients made = model::backward(context, gradients[0]);
    return {made.conv, made.bias, made.conv, {}};
  }
};

}  // namespace

bool activates_at_once(const torch::Tensor& conv_nchw) {
  return conv_nchw.is_cuda() &&
         (conv_nchw.scalar_type() == torch::kFloat32 || conv_nchw.scalar_type() == torch::kBFloat16);
}

torch::Tensor activated(const torch::Tensor& conv_nchw, const torch::Tensor& bias,
                        const torch::Tensor& residual_nchw, double slope, bool doubles) {
  const torch::Tensor wide = bias.to(torch::kFloat32);
  return residual_nchw.defined() ? Residual::apply(conv_nchw, wide, residual_nchw, slope)
                                 : Plain::apply(conv_nchw, wide, slope, doubles);
}

#else

bool activates_at_once(const torch::Tensor& /*conv_nchw*/) {
  return false;
}

torch::Tensor activated(const torch::Tensor& /*conv_nchw*/, const torch::Tensor& /*bias*/,
                        const torch::Tensor& /*residual_nchw*/, double /*slope*/, bool /*doubles*/) {
  throw Error(ErrorCode::kBug, "an activation on a GPU in a build without CUDA");
}

#endif

}  // namespace understudy::model
