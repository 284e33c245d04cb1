#include "understudy/vision/own_network.h"

#include <omp.h>

#include <algorithm>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <opencv2/dnn/all_layers.hpp>
#include <opencv2/dnn/dnn.hpp>
#include <span>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/vision/network.h"

namespace understudy::vision {
namespace {

using dnnl::memory;

constexpr std::size_t kMostSizes = 8;  // of pictures, for which a network stays prepared
constexpr double kSameNumber = 1e-3;   // of the largest one

enum class Operation { kInput, kConvolve, kAdd, kDouble, kMean };

/// Makes a map of those of the steps `from`. Maps are H x W x C.
struct Step {
  explicit Step(Operation its_operation, std::vector<std::size_t> its_from = {})
      : operation(its_operation), from(std::move(its_from)) {}

  Operation operation;
  std::vector<std::size_t> from;
  bool needed = false;  ///< for an output
  // Of kConvolve.
  cv::Mat weights, bias;  ///< O x I/groups x K x K; O numbers
  memory::dim kernel = 1, stride = 1, padding = 0;
  bool relu = false;
};

struct Shape {
  memory::dim channels = 0, rows = 0, columns = 0;

  std::size_t values() const { return static_cast<std::size_t>(channels * rows * columns); }
};

/// oneDNN's threads are OpenMP's. Here every thread of ours runs a network of its own.
class OneOpenMpThread {
 public:
  OneOpenMpThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneOpenMpThread() { omp_set_num_threads(before_); }
  OneOpenMpThread(const OneOpenMpThread&) = delete;
  OneOpenMpThread& operator=(const OneOpenMpThread&) = delete;

 private:
  int before_;
};

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(path.string(), " is no network of ours: ", why),
              "leave --model-dir out to use the one that comes with Understudy");
}

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

Step convolution(const cv::dnn::Layer& layer, std::size_t from, const std::filesystem::path& path) {
  const auto* as_written = dynamic_cast<const cv::dnn::BaseConvolutionLayer*>(&layer);
  if (!as_written || layer.blobs.size() != 2 || layer.blobs[0].dims != 4 ||
      layer.blobs[0].size[2] != layer.blobs[0].size[3] || as_written->strides.empty() ||
      as_written->pads_begin.empty())
    refuse(path, text("its convolution '", layer.name, "' is of another kind"));
  Step out(Operation::kConvolve, {from});
  out.weights = layer.blobs[0];
  out.bias = layer.blobs[1].reshape(1, 1);
  out.kernel = layer.blobs[0].size[2];
  out.stride = static_cast<memory::dim>(as_written->strides[0]);
  out.padding = static_cast<memory::dim>(as_written->pads_begin[0]);
  return out;
}

Shape shape_after(const Step& step, const std::vector<Shape>& before, const std::filesystem::path& path) {
  const Shape in = before[step.from.front()];
  switch (step.operation) {
    case Operation::kInput:
      break;
    case Operation::kConvolve: {
      const auto out = [&](memory::dim side) {
        return (side + 2 * step.padding - step.kernel) / step.stride + 1;
      };
      if (in.rows + 2 * step.padding < step.kernel || in.columns + 2 * step.padding < step.kernel ||
          in.channels % step.weights.size[1] != 0)
        refuse(path, "a convolution does not fit what is before it");
      return {step.weights.size[0], out(in.rows), out(in.columns)};
    }
    case Operation::kAdd:
      if (before[step.from.back()].values() != in.values()) refuse(path, "it adds what differs in size");
      return in;
    case Operation::kDouble:
      return {in.channels, 2 * in.rows, 2 * in.columns};
    case Operation::kMean:
      return {in.channels, 1, 1};
  }
  return in;
}

using Map = std::span<float>;

void add(Map a, Map b, Map out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = a[i] + b[i];
}

/// Every pixel becomes four.
void enlarge(Map in, const Shape& shape, Map out) {
  const float* from = in.data();
  float* to = out.data();
  for (memory::dim y = 0; y < shape.rows; ++y) {
    float* const row = to;
    for (memory::dim x = 0; x < shape.columns; ++x, from += shape.channels)
      to = std::copy_n(from, shape.channels, std::copy_n(from, shape.channels, to));
    to = std::copy(row, to, to);
  }
}

void average(Map in, const Shape& shape, Map out) {
  const auto channels = static_cast<std::size_t>(shape.channels);
  std::ranges::fill(out, 0.f);
  for (std::size_t i = 0; i < in.size(); i += channels)
    for (std::size_t c = 0; c < channels; ++c) out[c] += in[i + c];
  for (float& value : out) value /= static_cast<float>(shape.rows * shape.columns);
}

/// 1 x C x H x W from H x W x C.
cv::Mat planes_of(Map map, const Shape& shape) {
  const auto side = [](memory::dim length) { return static_cast<int>(length); };
  const std::array<int, 4> sides = {1, side(shape.channels), side(shape.rows), side(shape.columns)};
  cv::Mat out(sides.size(), sides.data(), CV_32F);
  const auto channels = static_cast<std::size_t>(shape.channels);
  for (std::size_t c = 0; c < channels; ++c) {
    auto* plane = out.ptr<float>(0, static_cast<int>(c));
    for (std::size_t i = c; i < map.size(); i += channels) *plane++ = map[i];
  }
  return out;
}

/// A convolution for one size of picture, with its weights in the order that this takes.
class Convolution {
 public:
  Convolution(const Step& step, const Shape& in, const Shape& out, Map from, Map to) {
    using tag = memory::format_tag;
    constexpr auto kFloat = memory::data_type::f32;
    const memory::dim groups = in.channels / step.weights.size[1];
    const memory::dims pads = {step.padding, step.padding}, strides = {step.stride, step.stride};
    const memory::dims weights = {groups, out.channels / groups, step.weights.size[1], step.kernel,
                                  step.kernel};
    dnnl::post_ops after;
    if (step.relu) after.append_eltwise(1.f, dnnl::algorithm::eltwise_relu, 0.f, 0.f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    const dnnl::convolution_forward::primitive_desc plan(
        {dnnl::prop_kind::forward_inference,
         dnnl::algorithm::convolution_direct,
         {{1, in.channels, in.rows, in.columns}, kFloat, tag::nhwc},
         {weights, kFloat, tag::any},
         {{out.channels}, kFloat, tag::x},
         {{1, out.channels, out.rows, out.columns}, kFloat, tag::nhwc},
         strides,
         pads,
         pads},
        attributes, processor());
    primitive_ = dnnl::convolution_forward(plan);
    memory plain({weights, kFloat, tag::goihw}, processor(), step.weights.data);
    memory ordered(plan.weights_desc(), processor());
    dnnl::stream stream(processor());
    dnnl::reorder(plain, ordered).execute(stream, plain, ordered);
    stream.wait();
    arguments_ = {{DNNL_ARG_SRC, memory(plan.src_desc(), processor(), from.data())},
                  {DNNL_ARG_WEIGHTS, ordered},
                  {DNNL_ARG_BIAS, memory(plan.bias_desc(), processor(), step.bias.data)},
                  {DNNL_ARG_DST, memory(plan.dst_desc(), processor(), to.data())}};
  }

  void run(dnnl::stream& stream) const { primitive_.execute(stream, arguments_); }

 private:
  dnnl::convolution_forward primitive_;
  std::unordered_map<int, memory> arguments_;
};

}  // namespace

struct OwnNetwork::Graph {
  std::filesystem::path path;
  std::vector<Step> steps;
  std::vector<std::size_t> outputs;

  Graph(const cv::dnn::Net& net, const std::filesystem::path& its_path, const std::vector<std::string>& names)
      : path(its_path) {
    steps.emplace_back(Operation::kInput);
    for (const std::string& name : net.getLayerNames()) take(net, net.getLayerId(name));
    for (const std::string& name : names) {
      const auto found = made_by_.find(name);
      if (found == made_by_.end()) refuse(path, text("it has no output '", name, "'"));
      outputs.push_back(found->second);
      steps[found->second].needed = true;
    }
    for (std::size_t i = steps.size(); i-- > 0;)
      if (steps[i].needed)
        for (const std::size_t before : steps[i].from) steps[before].needed = true;
  }

 private:
  void take(const cv::dnn::Net& net, int id) {
    const cv::dnn::Layer& layer = *net.getLayer(id);
    std::vector<std::size_t> from;
    for (const auto& before : net.getLayerInputs(id)) {
      const auto made = made_by_.find(before->name);
      from.push_back(made == made_by_.end() ? 0 : made->second);  // what no layer made is the picture
    }
    if (from.empty()) refuse(path, text("nothing leads to '", layer.name, "'"));
    if (layer.type == "Convolution")
      steps.push_back(convolution(layer, from.front(), path));
    else if (layer.type == "Eltwise" && from.size() == 2)
      steps.emplace_back(Operation::kAdd, from);
    else if (layer.type == "Resize")
      steps.emplace_back(Operation::kDouble, from);
    else if (layer.type == "Pooling")
      steps.emplace_back(Operation::kMean, from);
    else if (layer.type == "ReLU" && from.front() + 1 == steps.size() &&
             steps.back().operation == Operation::kConvolve)
      steps.back().relu = true;
    else if (layer.type != "Identity")
      refuse(path, text("it has the operation '", layer.type, "'"));
    const bool is_new = layer.type != "ReLU" && layer.type != "Identity";
    made_by_[layer.name] = is_new ? steps.size() - 1 : from.front();
  }

  std::map<std::string, std::size_t> made_by_;
};

/// Places for maps, of which only some are needed at a time.
class Places {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  /// The free place that fits best, or a new one.
  std::size_t take(std::size_t values) {
    std::size_t best = kNone;
    for (std::size_t i = 0; i < places_.size(); ++i)
      if (places_[i].is_free && (best == kNone || is_better(places_[i].values, places_[best].values, values)))
        best = i;
    if (best == kNone) {
      best = places_.size();
      places_.emplace_back();
    }
    places_[best].is_free = false;
    places_[best].values = std::max(places_[best].values, values);
    return best;
  }
  void give_back(std::size_t place) { places_[place].is_free = true; }

  /// All of them, when none is taken any more.
  std::vector<std::vector<float>> make() const {
    std::vector<std::vector<float>> out;
    for (const Place& place : places_) out.emplace_back(place.values);
    return out;
  }

 private:
  struct Place {
    std::size_t values = 0;
    bool is_free = false;
  };

  static bool is_better(std::size_t one, std::size_t other, std::size_t values) {
    return std::min(one, other) < values ? one > other : one < other;
  }

  std::vector<Place> places_;
};

/// The network for one size of picture.
struct OwnNetwork::Fitted {
  Fitted(const Graph& graph, cv::Size size) : graph_(graph) {
    for (const Step& step : graph.steps) {
      const bool is_input = step.operation == Operation::kInput;
      shapes_.push_back(is_input ? Shape{3, size.height, size.width}
                                 : shape_after(step, shapes_, graph.path));
    }
    place_maps();
    for (std::size_t i = 0; i < graph.steps.size(); ++i) {
      const Step& step = graph.steps[i];
      convolutions_.emplace_back();
      if (!step.needed || step.operation != Operation::kConvolve) continue;
      const std::size_t from = step.from.front();
      convolutions_.back().emplace(step, shapes_[from], shapes_[i], maps_[from], maps_[i]);
    }
  }

  std::vector<cv::Mat> run(const cv::Mat& bgr8) {
    cv::Mat input(bgr8.size(), CV_32FC3, maps_.front().data());
    bgr8.convertTo(input, CV_32F, 1 / 64.0, -127.5 / 64);
    dnnl::stream stream(processor());
    for (std::size_t i = 1; i < maps_.size(); ++i)
      if (graph_.steps[i].needed) run_step(i, stream);
    stream.wait();
    std::vector<cv::Mat> out;
    for (const std::size_t i : graph_.outputs) out.push_back(planes_of(maps_[i], shapes_[i]));
    return out;
  }

 private:
  /// A map takes its place until the last step that needs it is done; outputs keep theirs.
  void place_maps() {
    const std::size_t steps = graph_.steps.size();
    std::vector<std::size_t> last_use(steps), place(steps, Places::kNone);
    for (std::size_t i = 0; i < steps; ++i)
      if (graph_.steps[i].needed)
        for (const std::size_t from : graph_.steps[i].from) last_use[from] = i;
    for (const std::size_t i : graph_.outputs) last_use[i] = steps;
    Places places;
    for (std::size_t i = 0; i < steps; ++i) {
      if (!graph_.steps[i].needed) continue;
      place[i] = places.take(shapes_[i].values());
      for (std::size_t before = 0; before < i; ++before)
        if (place[before] != Places::kNone && last_use[before] == i) places.give_back(place[before]);
    }
    buffers_ = places.make();
    for (std::size_t i = 0; i < steps; ++i)
      maps_.push_back(graph_.steps[i].needed ? Map(buffers_[place[i]].data(), shapes_[i].values()) : Map());
  }

  void run_step(std::size_t i, dnnl::stream& stream) {
    const Step& step = graph_.steps[i];
    const std::size_t from = step.from.front();
    switch (step.operation) {
      case Operation::kInput:
        break;
      case Operation::kConvolve:
        return convolutions_[i]->run(stream);
      case Operation::kAdd:
        return add(maps_[from], maps_[step.from.back()], maps_[i]);
      case Operation::kDouble:
        return enlarge(maps_[from], shapes_[from], maps_[i]);
      case Operation::kMean:
        return average(maps_[from], shapes_[from], maps_[i]);
    }
  }

  const Graph& graph_;
  std::vector<Shape> shapes_;
  std::vector<std::vector<float>> buffers_;
  std::vector<Map> maps_;  ///< what each step makes, in the buffers
  std::vector<std::optional<Convolution>> convolutions_;
};

class OwnNetwork::Sizes {
 public:
  Fitted& at(const Graph& graph, cv::Size size) {
    const std::pair key(size.width, size.height);
    const auto found = fitted_.find(key);
    if (found != fitted_.end()) return found->second;
    if (fitted_.size() >= kMostSizes) fitted_.clear();
    return fitted_.try_emplace(key, graph, size).first->second;
  }

 private:
  std::map<std::pair<int, int>, Fitted> fitted_;
};

namespace {

/// What both make of the same noise.
void compare(OwnNetwork& ours, cv::dnn::Net& net, const std::vector<std::string>& outputs) {
  cv::Mat noise(128, 128, CV_8UC3);
  cv::RNG(1).fill(noise, cv::RNG::UNIFORM, 0, 256);
  const std::vector<cv::Mat> made = ours.run(noise),
                             expected = run_network(
                                 net, cv::dnn::blobFromImage(noise, 1 / 64.0, {}, cv::Scalar::all(127.5)),
                                 outputs, ours.path());
  for (std::size_t i = 0; i < made.size(); ++i) {
    const double largest = cv::norm(expected[i], cv::NORM_INF);
    if (made[i].size == expected[i].size &&
        cv::norm(made[i], expected[i], cv::NORM_INF) <= kSameNumber * std::max(1.0, largest))
      continue;
    refuse(ours.path(), text("oneDNN and OpenCV take its output '", outputs[i], "' for different numbers"));
  }
}

}  // namespace

OwnNetwork::OwnNetwork(const std::filesystem::path& path, std::vector<std::string> outputs) {
  cv::dnn::Net net = load_network(read_file(path), path);
  graph_ = std::make_shared<const Graph>(net, path, outputs);
  sizes_ = std::make_unique<Sizes>();
  compare(*this, net, outputs);
}

OwnNetwork::OwnNetwork(std::shared_ptr<const Graph> graph)
    : graph_(std::move(graph)), sizes_(std::make_unique<Sizes>()) {}

OwnNetwork OwnNetwork::twin() const {
  return OwnNetwork(graph_);
}

std::vector<cv::Mat> OwnNetwork::run(const cv::Mat& bgr8) {
  const OneOpenMpThread one_thread;
  try {
    return sizes_->at(*graph_, bgr8.size()).run(bgr8);
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_out_of_memory) throw std::bad_alloc();
    refuse(graph_->path, text("oneDNN cannot run it: ", e.what()));
  }
}

const std::filesystem::path& OwnNetwork::path() const {
  return graph_->path;
}

OwnNetwork::~OwnNetwork() = default;
OwnNetwork::OwnNetwork(OwnNetwork&&) noexcept = default;
OwnNetwork& OwnNetwork::operator=(OwnNetwork&&) noexcept = default;

}  // namespace understudy::vision
