#pragma once

#include "draw.h"
#include "pack.h"

namespace understudy::faces {

/// Where pictures look at sprites: turned, scaled and moved, one a picture. All count.
struct View {
  torch::Tensor cosine, sine;          ///< of the turn
  torch::Tensor scale;                 ///< pixels of the sprite per pixel of the picture
  torch::Tensor sprite_x, sprite_y;    ///< this point of the sprite ...
  torch::Tensor picture_x, picture_y;  ///< ... lies here in the picture
};

/// A point of the sprite (count x points x 2) as one of the picture.
torch::Tensor in_picture(const View& view, const torch::Tensor& sprite_points);

/// count x height x width x 2: for grid_sampler, from a sprite of `side` pixels.
torch::Tensor sampling_grid(const View& view, std::int64_t side, std::int64_t height, std::int64_t width);

/// count x 4 x side x side, 0 to 1: colour and opacity of the sprites of those numbers.
torch::Tensor sprite_pictures(const Pack& pack, int level, const torch::Tensor& sprites);
/// count x 4 x height x width, nothing outside the pictures.
torch::Tensor sprite_views(const torch::Tensor& pictures, const torch::Tensor& grid);
/// count x 1 x height x width, float32: the class of each pixel; 0 where it is more clear than opaque.
torch::Tensor class_views(const Pack& pack, const torch::Tensor& sprites, const torch::Tensor& grid,
                          const torch::Tensor& opacity);

/// count x 3 x height x width, 0 to 1: parts of backgrounds, enlarged by 0.75 to 2.5, half of them mirrored.
torch::Tensor background_views(const Pack& pack, const Draw& draw, std::int64_t height, std::int64_t width);

/// count x 5 x 2 of count x 68 x 2: eyes, nose tip and mouth corners, the left ones in an upright picture
/// first.
torch::Tensor five_points(const torch::Tensor& landmarks);

/// `colour` over `under` by `opacity`.
torch::Tensor over(const torch::Tensor& under, const torch::Tensor& colour, const torch::Tensor& opacity);

}  // namespace understudy::faces
