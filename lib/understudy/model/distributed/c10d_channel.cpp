// Everything of c10d but the meeting, for libtorch 1.13 and 2.x. Without UNDERSTUDY_WITH_DISTRIBUTED there is
// no channel.
#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/distributed/channel.h"

#if !defined(UNDERSTUDY_WITH_DISTRIBUTED)

namespace understudy::model {

std::unique_ptr<Channel> open_channel(const RankEnvironment& environment, torch::Device) {
  throw Error(ErrorCode::kResource,
              text("this is rank ", environment.rank, " of ", environment.size, " (", environment.launcher,
                   "), but this build trains in one process only"),
              "build with -DUNDERSTUDY_WITH_DISTRIBUTED=ON, or start a single process");
}

}  // namespace understudy::model

#else

#include <torch/version.h>
#if TORCH_VERSION_MAJOR >= 2
#include <torch/csrc/distributed/c10d/Backend.hpp>
#endif
#ifdef UNDERSTUDY_WITH_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef UNDERSTUDY_WITH_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <future>
#include <map>
#include <thread>

#include "understudy/model/distributed/c10d_meeting.h"
#include "understudy/model/distributed/own_address.h"

namespace understudy::model {
namespace {

#if TORCH_VERSION_MAJOR >= 2
using Collective = c10d::Backend;
#else
using Collective = c10d::ProcessGroup;
#endif
using CollectivePtr = c10::intrusive_ptr<Collective>;

#ifdef UNDERSTUDY_WITH_GLOO
std::shared_ptr< ::gloo::transport::Device> gloo_device(const RankEnvironment& environment,
                                                        const Meeting& meeting) {
  using c10d::ProcessGroupGloo;
  if (!environment.network_interface.empty())
    return ProcessGroupGloo::createDeviceForInterface(environment.network_interface);
  if (meeting.on_one_host()) return ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  const std::string address = own_address(environment.address);
  if (address.empty() || is_loopback(address))
    throw Error(ErrorCode::kResource,
                text("rank ", environment.rank, " on ", host_name(),
                     " finds no address under which other hosts reach it"),
                "set GLOO_SOCKET_IFNAME to the network interface to use, such as eth0");
  return ProcessGroupGloo::createDeviceForHostname(address);
}
#endif

CollectivePtr open_collective([[maybe_unused]] const RankEnvironment& environment,
                              [[maybe_unused]] const Meeting& meeting, torch::Device device) {
#ifdef UNDERSTUDY_WITH_GLOO
  if (device.is_cpu()) {
    const auto options = c10d::ProcessGroupGloo::Options::create(environment.patience);
    options->devices.push_back(gloo_device(environment, meeting));
    return c10::make_intrusive<c10d::ProcessGroupGloo>(meeting.store(), environment.rank, environment.size,
                                                       options);
  }
#endif
#ifdef UNDERSTUDY_WITH_NCCL
  if (device.is_cuda()) {
    const auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = environment.patience;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(meeting.store(), environment.rank, environment.size,
                                                       options);
  }
#endif
  throw Error(ErrorCode::kResource,
              text("this build knows no way between processes for the device ", device.str()),
              device.is_cuda() ? "GPUs need a libtorch with NCCL; --device cpu trains on the processors"
                               : "build with Gloo's headers (Debian's libgloo-dev)");
}

std::string in_short(const std::string& message) {
  return message.substr(0, std::min<std::size_t>(message.find('\n'), 200));
}

constexpr std::chrono::milliseconds kAnswer{4000};     // to say that one is still there
constexpr std::chrono::milliseconds kFarewell{15000};  // to notice, at the end of a step, that another goes

class C10dChannel : public Channel {
 public:
  C10dChannel(const RankEnvironment& environment, torch::Device device)
      : environment_(environment), meeting_(environment) {
    try {
      collective_ = open_collective(environment, meeting_, device);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& e) {
      throw Error(ErrorCode::kResource,
                  text("rank ", environment.rank, " of ", environment.size,
                       " cannot connect to the others: ", in_short(e.what())),
                  "check the network between the hosts, and GLOO_SOCKET_IFNAME if it is set");
    }
  }

  Ticket reduce(const torch::Tensor& tensor, Reduction reduction) override {
    c10d::AllreduceOptions options;
    options.reduceOp = reduction == Reduction::kSum ? c10d::ReduceOp::SUM : c10d::ReduceOp::MAX;
    return begin(tensor,
                 [&](std::vector<at::Tensor>& list) { return collective_->allreduce(list, options); });
  }

  Ticket broadcast(const torch::Tensor& tensor, int root) override {
    c10d::BroadcastOptions options;
    options.rootRank = root;
    return begin(tensor,
                 [&](std::vector<at::Tensor>& list) { return collective_->broadcast(list, options); });
  }

  void leave(const Error& why) noexcept override {
    if (!collective_) return;
    meeting_.leave(static_cast<int>(why.code()), why.message());
    close();
    meeting_.call_roll(kFarewell);
  }

  void wait(Ticket ticket) override {
    const auto found = works_.find(ticket);
    if (found == works_.end()) throw Error(ErrorCode::kBug, "a wait for what was not begun");
    try {
      found->second->wait();
    } catch (const std::exception& e) {
      give_up(e.what());
    }
    works_.erase(found);
  }

 private:
  template <class Start>
  Ticket begin(const torch::Tensor& tensor, const Start& start) {
    const torch::ScalarType type = tensor.scalar_type();
    if (!tensor.is_contiguous() ||
        (type != torch::kFloat32 && type != torch::kFloat64 && type != torch::kInt64))
      throw Error(ErrorCode::kBug, "ranks exchange contiguous float32, float64 or int64 tensors only");
    if (!collective_) throw Error(ErrorCode::kBug, "the ranks have lost each other already");
    std::vector<at::Tensor> list{tensor};
    try {
      works_[next_] = start(list);
    } catch (const std::exception& e) {
      give_up(e.what());
    }
    return next_++;
  }

  [[noreturn]] void give_up(const std::string& why) {
    const std::string reason = in_short(why);
    close();
    const Meeting::RollCall roll = meeting_.call_roll(kAnswer);
    if (roll.farewell)
      throw Error(
          static_cast<ErrorCode>(roll.farewell->code),
          text("rank ", roll.farewell->rank, " of ", environment_.size, " has ended: ", roll.farewell->why),
          "look at that rank's own messages");
    std::vector<std::string> numbers;
    for (int rank : roll.missing) numbers.push_back(std::to_string(rank));
    const std::string who = numbers.empty()
                                ? "the ranks lost each other"
                                : text("rank ", joined(numbers), " of ", environment_.size, " was lost");
    throw Error(ErrorCode::kStopped, text(who, " (", reason, ")"),
                "run the job again: it goes on from the last checkpoint");
  }

  /// Lets go of the connections, so that ranks that wait for this one learn of it. That may have to wait for
  /// a rank that is silent: it then goes on beside us until the process ends.
  void close() noexcept {
    works_.clear();
    std::promise<void> closed;
    std::future<void> is_closed = closed.get_future();
    std::thread([collective = std::move(collective_), done = std::move(closed)]() mutable {
      collective.reset();
      done.set_value();
    }).detach();
    is_closed.wait_for(std::chrono::seconds(1));
  }

  const RankEnvironment environment_;
  Meeting meeting_;
  CollectivePtr collective_;
  std::map<Ticket, c10::intrusive_ptr<c10d::Work> > works_;
  Ticket next_ = 1;
};

}  // namespace

std::unique_ptr<Channel> open_channel(const RankEnvironment& environment, torch::Device device) {
  return std::make_unique<C10dChannel>(environment, device);
}

}  // namespace understudy::model

#endif
