// Feature-guided a-trous wavelet denoiser (in the manner of SVGF, spatial part only), without learned
// weights. Built by render.sh: g++ -O3 -march=native -fopenmp -shared -fPIC denoise.cpp -o libdenoise.so
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace {

// Colours are divided by albedo + this before filtering. It is large, so that the division is partial: the
// albedo pass is speckled at grazing edges.
constexpr float kAlbedoOffset = 0.25f;
// No pixel stays brighter than this many times the fourth-brightest of its 5x5 neighbourhood.
constexpr float kFireflyLimit = 1.6f;
constexpr float kWaveletKernel[3] = {0.375f, 0.25f, 0.0625f};

struct Size {
  int width, height;
  int count() const { return width * height; }
  bool contains(int x, int y) const { return x >= 0 && y >= 0 && x < width && y < height; }
};

struct Sigmas {
  float luminance, normal, albedo, depth;
};

float luminance(const float* rgb) {
  return 0.3f * rgb[0] + 0.59f * rgb[1] + 0.11f * rgb[2];
}

std::vector<float> smooth_albedo(const float* albedo, Size size) {
  std::vector<float> smooth(3 * size.count());
  for (int y = 0; y < size.height; y++) {
    for (int x = 0; x < size.width; x++) {
      for (int k = 0; k < 3; k++) {
        float sum = 0, weights = 0;
        for (int dy = -1; dy <= 1; dy++) {
          for (int dx = -1; dx <= 1; dx++) {
            if (!size.contains(x + dx, y + dy)) continue;
            const float weight = (2 - std::abs(dx)) * (2 - std::abs(dy));
            sum += weight * albedo[3 * ((y + dy) * size.width + x + dx) + k];
            weights += weight;
          }
        }
        smooth[3 * (y * size.width + x) + k] = sum / weights;
      }
    }
  }
  return smooth;
}

std::vector<float> clamp_fireflies(const std::vector<float>& colour, Size size) {
  std::vector<float> brightness(size.count()), clamped(colour.size());
  for (int i = 0; i < size.count(); i++) brightness[i] = luminance(&colour[3 * i]);
#pragma omp parallel for schedule(dynamic, 16)
  for (int y = 0; y < size.height; y++) {
    for (int x = 0; x < size.width; x++) {
      float around[25];
      int n = 0;
      for (int dy = -2; dy <= 2; dy++) {
        for (int dx = -2; dx <= 2; dx++) {
          const int near_x = std::clamp(x + dx, 0, size.width - 1),
                    near_y = std::clamp(y + dy, 0, size.height - 1);
          around[n++] = brightness[near_y * size.width + near_x];
        }
      }
      std::nth_element(around, around + 21, around + 25);
      const float limit = around[21] * kFireflyLimit + 1e-4f;
      const int i = y * size.width + x;
      const float scale = brightness[i] > limit ? limit / brightness[i] : 1.f;
      for (int k = 0; k < 3; k++) clamped[3 * i + k] = colour[3 * i + k] * scale;
    }
  }
  return clamped;
}

// How alike two pixels' surfaces are, 0..1.
struct Features {
  const float* normal;
  const float* albedo;
  const float* depth;
  Sigmas sigmas;

  float likeness(int i, int j) const {
    float normal_gap = 0, albedo_gap = 0;
    for (int k = 0; k < 3; k++) {
      const float n = normal[3 * i + k] - normal[3 * j + k], a = albedo[3 * i + k] - albedo[3 * j + k];
      normal_gap += n * n;
      albedo_gap += a * a;
    }
    const float depth_gap = std::fabs(depth[i] - depth[j]) / (std::fabs(depth[i]) + 1e-3f);
    return std::exp(-normal_gap / (sigmas.normal * sigmas.normal) -
                    albedo_gap / (sigmas.albedo * sigmas.albedo) - depth_gap / sigmas.depth);
  }
};

// Variance of luminance among alike pixels of the 7x7 neighbourhood.
std::vector<float> local_variance(const std::vector<float>& colour, const Features& features, Size size) {
  std::vector<float> variance(size.count());
#pragma omp parallel for schedule(dynamic, 16)
  for (int y = 0; y < size.height; y++) {
    for (int x = 0; x < size.width; x++) {
      const int i = y * size.width + x;
      double weights = 0, sum = 0, squares = 0;
      for (int dy = -3; dy <= 3; dy++) {
        for (int dx = -3; dx <= 3; dx++) {
          if (!size.contains(x + dx, y + dy)) continue;
          const int j = (y + dy) * size.width + x + dx;
          const float weight = features.likeness(i, j), value = luminance(&colour[3 * j]);
          weights += weight;
          sum += weight * value;
          squares += weight * value * value;
        }
      }
      const double mean = sum / weights;
      variance[i] = static_cast<float>(std::max(0.0, squares / weights - mean * mean));
    }
  }
  return variance;
}

// One wavelet pass with holes of `step` pixels; replaces colour and variance.
void filter(std::vector<float>& colour, std::vector<float>& variance, const Features& features, Size size,
            int step) {
  std::vector<float> filtered(colour.size()), filtered_variance(variance.size());
#pragma omp parallel for schedule(dynamic, 16)
  for (int y = 0; y < size.height; y++) {
    for (int x = 0; x < size.width; x++) {
      const int i = y * size.width + x;
      const float centre = luminance(&colour[3 * i]);
      const float tolerance = features.sigmas.luminance * std::sqrt(variance[i]) + 1e-4f;
      float weights = 0, sum[3] = {0, 0, 0}, variances = 0;
      for (int dy = -2; dy <= 2; dy++) {
        for (int dx = -2; dx <= 2; dx++) {
          if (!size.contains(x + dx * step, y + dy * step)) continue;
          const int j = (y + dy * step) * size.width + x + dx * step;
          const float weight = kWaveletKernel[std::abs(dx)] * kWaveletKernel[std::abs(dy)] *
                               features.likeness(i, j) *
                               std::exp(-std::fabs(luminance(&colour[3 * j]) - centre) / tolerance);
          weights += weight;
          for (int k = 0; k < 3; k++) sum[k] += weight * colour[3 * j + k];
          variances += weight * weight * variance[j];
        }
      }
      for (int k = 0; k < 3; k++) filtered[3 * i + k] = sum[k] / weights;
      filtered_variance[i] = variances / (weights * weights);
    }
  }
  colour = std::move(filtered);
  variance = std::move(filtered_variance);
}

}  // namespace

/// Denoises width x height linear RGB colours in place, guided by interleaved albedo and normal and by depth.
/// passes: number of wavelet passes, each twice as wide as the one before; sigmas: larger is smoother.
extern "C" void denoise(float* colour, const float* albedo, const float* normal, const float* depth,
                        int width, int height, int passes, float luminance_sigma, float normal_sigma,
                        float albedo_sigma, float depth_sigma) {
  const Size size{width, height};
  const std::vector<float> base = smooth_albedo(albedo, size);
  std::vector<float> light(base.size());
  for (std::size_t i = 0; i < light.size(); i++) light[i] = colour[i] / (base[i] + kAlbedoOffset);
  light = clamp_fireflies(light, size);
  const Features features{
      normal, base.data(), depth, {luminance_sigma, normal_sigma, albedo_sigma, depth_sigma}};
  std::vector<float> variance = local_variance(light, features, size);
  for (int pass = 0; pass < passes; pass++) filter(light, variance, features, size, 1 << pass);
  for (std::size_t i = 0; i < light.size(); i++) colour[i] = light[i] * (base[i] + kAlbedoOffset);
}
