#include "ranks/roles.h"

#include <signal.h>
#include <torch/types.h>

#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"
#include "understudy/model/distributed/gradient_exchange.h"
#include "understudy/model/network.h"
#include "unit/model/drawn_faces.h"

namespace understudy::model {
namespace {

using Role = std::function<void(const std::shared_ptr<Group>&)>;

Role plain(const std::function<void(Group&)>& role) {
  return [role](const std::shared_ptr<Group>& group) { role(*group); };
}

void expect(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

void talk(Group& group) {
  const double ranks = group.size(), sum = ranks * (ranks + 1) / 2;
  for (const auto type : {torch::kFloat32, torch::kFloat64, torch::kInt64}) {
    const torch::Tensor numbers = torch::full({1000}, group.rank() + 1, type);
    group.sum(numbers);
    expect((numbers == sum).all().item<bool>(), text("a sum of ", type, " is ", numbers[0].item<double>()));
  }
  const torch::Tensor first = torch::full({5}, group.rank()), second = torch::full({7}, group.rank());
  const Channel::Ticket a = group.begin_sum(first), b = group.begin_sum(second);
  group.end_sum(a);
  group.end_sum(b);
  expect(first[0].item<int>() == sum - ranks && second[6].item<int>() == sum - ranks, "two sums at once");

  const torch::Tensor told = torch::full({3}, group.rank());
  group.broadcast(told, group.size() - 1);
  expect(told[2].item<int>() == group.size() - 1, "the last rank's tensor");
  expect(group.from_leader(text("rank ", group.rank(), " – ü")) == "rank 0 – ü", "rank 0's text");
  expect(group.from_leader("").empty(), "an empty text");

  expect(group.sums({1, 0.5, group.rank() + 1.0}) == std::vector<double>{ranks, ranks / 2, sum},
         "three sums");
  expect(group.any(group.rank() == group.size() - 1), "the last rank says yes");
  expect(!group.any(false), "nobody says yes");

  torch::Tensor same = torch::arange(1000, torch::kFloat32);
  expect(group.agree_on(same), "all have the same");
  if (group.rank() == 1) same[17] = std::nextafter(17.f, 18.f);
  expect(!group.agree_on(same), "one bit differs on rank 1");
  expect(group.agree_on(torch::zeros({3}, torch::kUInt8)), "the same bytes");
  group.barrier();
}

/// What this rank's backward pass gives, from a seed of its own.
torch::Tensor loss_of(const Network& network, int rank, int part) {
  at::manual_seed(100 + 10 * part + rank);
  const torch::Tensor codes = network.encode(torch::rand({2, 3, 32, 32}));
  return network.decode(codes, 0).image_nchw.square().mean() +
         network.decode(codes, 1).mask_nchw.square().mean();
}

void average_gradients(Group& group) {
  const NetworkConfig config = tiny_preset().network;
  const torch::Tensor flat = initial_weights(weight_layout(config), 3);
  Network network(config, flat, torch::kFloat32, true);
  const torch::Tensor& gradients = network.gradients();
  GradientExchange exchange(group, network.weights(), gradients, 8 << 10);
  expect(exchange.buckets() > 4, text(exchange.buckets(), " buckets"));
  for (int step = 0; step < 3; ++step) {
    // Two batches whose gradients add up; only with the second do they travel.
    torch::Tensor expected = torch::zeros_like(flat);
    for (int rank = 0; rank < group.size(); ++rank) {
      gradients.zero_();
      for (int part = 0; part < 2; ++part) loss_of(network, rank, part + 2 * step).backward();
      expected += gradients / group.size();
    }
    gradients.zero_();
    loss_of(network, group.rank(), 2 * step).backward();
    const torch::Tensor last = loss_of(network, group.rank(), 1 + 2 * step);
    exchange.begin(last);
    last.backward();
    exchange.finish();
    const double off =
        (gradients - expected).abs().max().item<double>() / expected.abs().max().item<double>();
    expect(off < 1e-6, text("the mean gradient is off by ", off));
    expect(exchange.overlapped() > 0, "no bucket went out during the backward pass");
    expect(group.agree_on(gradients), "the gradients are not the same bits on all ranks");
  }
  std::cout << exchange.overlapped() << " of " << exchange.buckets() << " buckets overlapped\n";
}

/// A loss that leaves a decoder out, on one rank another than on the other.
void average_partly(Group& group) {
  const NetworkConfig config = tiny_preset().network;
  Network network(config, initial_weights(weight_layout(config), 3), torch::kFloat32, true);
  GradientExchange exchange(group, network.weights(), network.gradients(), 8 << 10);
  const auto loss = [&](int rank) {
    at::manual_seed(rank);
    return network.forward(torch::rand({2, 3, 32, 32}), static_cast<std::size_t>(rank % 2)).image_nchw.sum();
  };
  torch::Tensor expected = torch::zeros_like(network.gradients());
  for (int rank = 0; rank < group.size(); ++rank) {
    network.gradients().zero_();
    loss(rank).backward();
    expected += network.gradients() / group.size();
  }
  network.gradients().zero_();
  const torch::Tensor own = loss(group.rank());
  exchange.begin(own);
  own.backward();
  exchange.finish();
  expect(torch::allclose(network.gradients(), expected, 1e-5, 1e-7), "the mean of what each rank has");
}

std::string variable(const char* name) {
  return process_variable(name).value_or("");
}

/// So many steps more of a training that sees four faces of each person in a step, by however many ranks.
void train(const std::shared_ptr<Group>& group, const TrainingConfig& training) {
  const std::filesystem::path folder = variable("RANKS_TEST_FOLDER");
  const DrawnFaces likeness(6, 1), performer(5, 0);
  TrainerOptions options = tiny_options();
  options.preset.training = training;
  options.preset.training.batch = 4 / group->size();
  options.preset.training.iterations = 100;
  options.preset.training.learning_rate = 1e-4;  // the large presets'; rounding does not grow under it
  options.precision = Precision::kFp32;
  options.group = group;
  Trainer trainer(options, {likeness, performer});
  if (has_checkpoint(folder)) trainer.resume(folder);
  for (int i = std::stoi(variable("RANKS_TEST_STEPS")); i > 0; --i) trainer.step();
  if (group->leads()) trainer.save(folder);
}

TrainingConfig with_everything(TrainingConfig training) {
  training.accumulate = 2;
  training.adversarial = 0.1;
  training.code_adversarial = 0.1;
  training.pose_balance = 0.5;
  return training;
}

/// `number` to rank `rank` once all have met; the others go on until they notice.
Role struck(int rank, int number) {
  return plain([rank, number](Group& group) {
    group.barrier();
    if (group.rank() == rank) ::raise(number);
    for (;;) {
      const torch::Tensor buckets = torch::ones({1 << 18});
      const Channel::Ticket a = group.begin_sum(buckets), b = group.begin_sum(torch::ones({100}));
      group.end_sum(a);
      group.end_sum(b);
    }
  });
}

/// Rank `rank` ends by an error of its own.
Role leaving(int rank) {
  return plain([rank](Group& group) {
    group.barrier();
    if (group.rank() == rank) throw Error(ErrorCode::kFormat, "this is no model");
    for (;;) group.barrier();
  });
}

const std::map<std::string, Role> kRoles{
    {"talk", plain(talk)},
    {"average", plain(average_gradients)},
    {"average-partly", plain(average_partly)},
    {"kill-0", struck(0, SIGKILL)},
    {"kill-1", struck(1, SIGKILL)},
    {"kill-2", struck(2, SIGKILL)},
    {"stop-1", struck(1, SIGSTOP)},
    {"leave-0", leaving(0)},
    {"leave-1", leaving(1)},
    {"train", [](const auto& group) { train(group, tiny_preset().training); }},
    {"train-with-everything",
     [](const auto& group) { train(group, with_everything(tiny_preset().training)); }},
    {"nothing", [](const auto&) {}},
};

}  // namespace

int play_role(const std::string& role) {
  signal(SIGPIPE, SIG_IGN);  // as the programs do: a connection to a rank that died is an error
  try {
    use_threads(1);
    const auto group = std::make_shared<Group>(rank_environment(), "cpu");
    try {
      kRoles.at(role)(group);
      group->barrier();
    } catch (const Error& e) {
      group->leave(e);
      throw;
    }
    return 0;
  } catch (const Error& e) {
    std::cout << e.message() << " / " << e.hint() << std::endl;
    return static_cast<int>(e.code());
  } catch (const std::exception& e) {
    std::cout << e.what() << std::endl;
    return 1;
  }
}

}  // namespace understudy::model
