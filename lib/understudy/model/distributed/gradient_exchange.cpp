#include "understudy/model/distributed/gradient_exchange.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "understudy/core/error.h"

namespace understudy::model {
namespace {

using torch::autograd::Node;
using torch::autograd::variable_list;

constexpr std::int64_t kBuckets = 16, kLeastBytes = 2 << 20;

/// Where a weight's gradient lies in the flat buffer.
struct Place {
  std::size_t weight;
  std::int64_t begin, end;
};

/// From the end of the buffer to its start.
std::vector<Place> places(const std::vector<torch::Tensor>& weights, const torch::Tensor& flat) {
  std::vector<Place> out;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const torch::Tensor& gradient = weights[i].grad();
    if (!weights[i].is_leaf() || !gradient.defined() || gradient.storage().data() != flat.storage().data())
      throw Error(ErrorCode::kBug, "the gradients of weights must be views into the flat buffer");
    const std::int64_t begin = gradient.storage_offset() - flat.storage_offset();
    out.push_back({i, begin, begin + gradient.numel()});
  }
  std::ranges::sort(out, std::greater(), &Place::begin);
  return out;
}

/// The nodes that a backward pass from `loss` will visit.
std::unordered_set<const Node*> reached_nodes(const torch::Tensor& loss) {
  std::unordered_set<const Node*> found;
  std::vector<const Node*> open{loss.grad_fn().get()};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    if (!node || !found.insert(node).second) continue;
    for (const torch::autograd::Edge& edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return found;
}

}  // namespace

struct GradientExchange::State {
  struct Bucket {
    torch::Tensor gradients;
    std::vector<std::size_t> weights;
    std::size_t awaited = 0;
    Channel::Ticket ticket = 0;
  };

  State(Group& of_group, const torch::Tensor& flat) : group(of_group), flat_gradients(flat) {}

  void fill_buckets(const std::vector<Place>& sorted, std::int64_t bucket_bytes) {
    std::int64_t end = flat_gradients.numel();
    std::vector<std::size_t> members;
    for (const Place& place : sorted) {
      bucket_of[place.weight] = buckets.size();
      members.push_back(place.weight);
      const bool is_last = &place == &sorted.back();
      const std::int64_t begin = is_last ? 0 : place.begin;
      if (!is_last && (end - begin) * flat_gradients.element_size() < bucket_bytes) continue;
      buckets.push_back({flat_gradients.narrow(0, begin, end - begin), std::move(members)});
      members.clear();
      end = begin;
    }
  }

  void arrived(std::size_t weight) {
    const std::lock_guard lock(mutex);
    if (!is_open) return;
    --buckets[bucket_of[weight]].awaited;
    while (next < buckets.size() && buckets[next].awaited == 0) send();
  }

  void send() {
    Bucket& bucket = buckets[next++];
    bucket.ticket = group.begin_sum(bucket.gradients);
  }

  Group& group;
  torch::Tensor flat_gradients;
  std::vector<Bucket> buckets;
  std::vector<std::size_t> bucket_of;  ///< each weight's
  std::vector<std::shared_ptr<Node>>
      leaves;        ///< each weight's end of the graph; kept, since the hooks hang on it
  std::mutex mutex;  ///< hooks run on the threads of their devices
  bool is_open = false;
  std::size_t next = 0;  ///< bucket to send
  std::int64_t overlapped = 0;
};

namespace {

/// Runs after a weight's gradient was added to.
template <class State>
struct ArrivalHook : torch::autograd::FunctionPostHook {
  ArrivalHook(std::shared_ptr<State> of_state, std::size_t of_weight)
      : state(std::move(of_state)), weight(of_weight) {}
  variable_list operator()(const variable_list& outputs, const variable_list&) override {
    state->arrived(weight);
    return outputs;
  }
  std::shared_ptr<State> state;
  std::size_t weight;
};

}  // namespace

GradientExchange::GradientExchange(Group& group, const std::vector<torch::Tensor>& weights,
                                   torch::Tensor flat_gradients, std::int64_t bucket_bytes)
    : state_(std::make_shared<State>(group, std::move(flat_gradients))) {
  if (group.size() == 1 || weights.empty()) return;
  state_->bucket_of.resize(weights.size());
  const auto all_bytes = static_cast<std::int64_t>(state_->flat_gradients.nbytes());
  if (bucket_bytes == 0) bucket_bytes = std::max(all_bytes / kBuckets, kLeastBytes);
  state_->fill_buckets(places(weights, state_->flat_gradients), bucket_bytes);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    state_->leaves.push_back(torch::autograd::impl::grad_accumulator(weights[i]));
    state_->leaves.back()->add_post_hook(std::make_unique<ArrivalHook<State>>(state_, i));
  }
}

GradientExchange::~GradientExchange() {
  const std::lock_guard lock(state_->mutex);
  state_->is_open = false;
  state_->leaves.clear();  // they hold the hooks, which hold the state
}

void GradientExchange::begin(const torch::Tensor& loss) {
  State& s = *state_;
  if (s.buckets.empty()) return;
  const std::unordered_set<const Node*> reached = reached_nodes(loss);
  const std::lock_guard lock(s.mutex);
  for (State::Bucket& bucket : s.buckets)
    bucket.awaited = static_cast<std::size_t>(std::ranges::count_if(
        bucket.weights, [&](std::size_t weight) { return reached.contains(s.leaves[weight].get()); }));
  s.next = 0;
  s.is_open = true;
}

void GradientExchange::finish() {
  State& s = *state_;
  if (s.buckets.empty()) return;
  const std::lock_guard lock(s.mutex);
  s.is_open = false;
  s.overlapped = static_cast<std::int64_t>(s.next);
  while (s.next < s.buckets.size()) s.send();
  for (State::Bucket& bucket : s.buckets) {
    s.group.end_sum(bucket.ticket);
    bucket.gradients.div_(s.group.size());
  }
}

std::int64_t GradientExchange::buckets() const {
  return static_cast<std::int64_t>(state_->buckets.size());
}
std::int64_t GradientExchange::overlapped() const {
  return state_->overlapped;
}

}  // namespace understudy::model
