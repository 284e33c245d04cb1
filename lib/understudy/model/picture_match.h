#pragma once

#include <torch/types.h>

namespace understudy::model {

/// For each pair of pictures the similarity that lays one on the other: N x 2 x 3 maps, of -1..1, such that
/// `moving_nchw` looked up at the mapped places (see sampled() in window.h) lies on `still_nchw`. Both are
/// float32 of one square size; `weights_n1hw` says what counts. Light that varies slowly over the picture
/// counts for nothing, nor does contrast. Found from the slopes, coarse to fine (Lucas & Kanade 1981), for
/// turns of a few degrees and shifts of some hundredths of the side; a map that goes beyond is cut to that.
torch::Tensor similarity_between(const torch::Tensor& still_nchw, const torch::Tensor& moving_nchw,
                                 const torch::Tensor& weights_n1hw);

}  // namespace understudy::model
