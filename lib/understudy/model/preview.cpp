#include "understudy/model/preview.h"

#include <torch/types.h>

#include <algorithm>

namespace understudy::model {

torch::Tensor preview_sheet(const Network& network, const NetworkConfig& sizes, const TrainingFaces& faces,
                            torch::Device device, std::int64_t rows, const std::function<bool()>& stop) {
  const at::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < faces.size(); ++i) rows = std::min(rows, faces.store(i).size());
  std::vector<torch::Tensor> sheet;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (stop()) return {};
    const auto turn = static_cast<std::size_t>(row);
    const std::size_t likeness = turn % faces.likenesses(),
                      performer = faces.likenesses() + turn % (faces.size() - faces.likenesses());
    const auto crop_of = [&](std::size_t identity) {
      const FaceStore& store = faces.store(identity);
      const FaceBatch face = store.batch({(2 * row + 1) * store.size() / (2 * rows)});
      return (face.targets_nchw.to(device).to(torch::kFloat32) / 255).contiguous();
    };
    const auto shown = [&](const torch::Tensor& crop, std::size_t identity) {
      return cut(crop, faces.window_of(identity), sizes.output_px);
    };
    const auto codes = [&](const torch::Tensor& crop, std::size_t identity) {
      return network.encode(network_input(crop, faces.window_of(identity), sizes));
    };
    const torch::Tensor likeness_crop = crop_of(likeness), performer_crop = crop_of(performer);
    const torch::Tensor performer_codes = codes(performer_crop, performer);
    const Decoded swap = network.decode(performer_codes, likeness);
    const torch::Tensor performer_again =
        faces.performers_learn()
            ? resized(network.decode(performer_codes, performer).image_nchw, sizes.output_px)
            : at::full_like(swap.image_nchw, 0.5);
    const std::vector<torch::Tensor> columns = {
        shown(likeness_crop, likeness),
        network.decode(codes(likeness_crop, likeness), likeness).image_nchw,
        shown(performer_crop, performer),
        performer_again,
        swap.image_nchw,
        swap.mask_nchw.expand({-1, 3, -1, -1})};
    sheet.push_back(at::cat(columns, 3).to(torch::kCPU));
  }
  const torch::Tensor picture = at::cat(sheet, 2).squeeze(0).permute({1, 2, 0});
  return (picture * 255).round_().clamp_(0, 255).to(torch::kUInt8).contiguous();
}

}  // namespace understudy::model
