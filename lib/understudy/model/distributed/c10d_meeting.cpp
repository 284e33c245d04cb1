#if defined(UNDERSTUDY_WITH_DISTRIBUTED)

#include "understudy/model/distributed/c10d_meeting.h"

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <charconv>
#include <thread>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/distributed/own_address.h"

namespace understudy::model {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswer{2000};   // to say that one is still there
constexpr milliseconds kVerdict{5000};  // for rank 0 to say who is not

std::vector<std::uint8_t> bytes(const std::string& words) {
  return {words.begin(), words.end()};
}

std::string words(const std::vector<std::uint8_t>& bytes_of_words) {
  return {bytes_of_words.begin(), bytes_of_words.end()};
}

std::string key_of(const std::string& key, int rank) {
  return text(key, "/", rank);
}

std::string place_of(const RankEnvironment& e) {
  return e.meeting_file.empty() ? text(e.address, ":", e.port) : e.meeting_file.string();
}

std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

c10::intrusive_ptr<c10d::Store> open_store(const RankEnvironment& e) {
  if (!e.meeting_file.empty()) return c10::make_intrusive<c10d::FileStore>(e.meeting_file.string(), e.size);
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(e.port);
  options.isServer = e.rank == 0 && !e.served;
  options.numWorkers = static_cast<std::size_t>(e.size);
  options.waitWorkers = false;
  options.timeout = e.patience;
  return c10::make_intrusive<c10d::TCPStore>(e.address, options);
}

}  // namespace

Meeting::Meeting(const RankEnvironment& environment) : environment_(environment) {
  try {
    open();
  } catch (const std::exception& e) {
    const bool serves = environment_.rank == 0 && !environment_.served && environment_.meeting_file.empty();
    throw Error(ErrorCode::kResource,
                text("rank ", environment_.rank, " of ", environment_.size,
                     serves ? " cannot open the meeting place " : " does not get to the meeting place ",
                     place_of(environment_), ": ", first_line(e.what())),
                "check MASTER_ADDR, and that MASTER_PORT is free on rank 0's host; or name a new file on a "
                "disk that all ranks share in UNDERSTUDY_RENDEZVOUS_FILE");
  }
  if (store_->add("came", 1) > environment_.size)
    throw Error(ErrorCode::kResource,
                text("other ranks than these ", environment_.size, " have met at ", place_of(environment_)),
                "name a new file in UNDERSTUDY_RENDEZVOUS_FILE for each start, or another MASTER_PORT");
  wait_for_all();
}

void Meeting::open() {
  const auto store = open_store(environment_);
  store->setTimeout(environment_.patience);
  store_ = c10::make_intrusive<c10d::PrefixStore>("understudy/" + environment_.attempt, store);
}

void Meeting::wait_for_all() {
  store_->set(key_of("host", environment_.rank), bytes(host_name()));
  const std::vector<int> missing = wait_for("host", environment_.patience);
  if (!missing.empty())
    throw Error(ErrorCode::kResource,
                text("rank ", missing.front(), " of ", environment_.size, " did not come to ",
                     place_of(environment_), " within ", environment_.patience.count(), " s"),
                "look at that rank's own messages; UNDERSTUDY_RANK_TIMEOUT sets the seconds");
  for (int rank = 0; rank < environment_.size; ++rank)
    hosts_.push_back(words(store_->get(key_of("host", rank))));
}

bool Meeting::on_one_host() const {
  return std::ranges::all_of(hosts_, [&](const std::string& host) { return host == hosts_.front(); });
}

std::vector<int> Meeting::without(const std::string& key) const {
  std::vector<int> out;
  for (int rank = 0; rank < environment_.size; ++rank)
    if (!store_->check({key_of(key, rank)})) out.push_back(rank);
  return out;
}

/// The ranks whose key has not come in that time.
std::vector<int> Meeting::wait_for(const std::string& key, milliseconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  std::vector<int> missing = without(key);
  while (!missing.empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(10));
    missing = without(key);
  }
  return missing;
}

std::vector<int> Meeting::missing_ranks() noexcept {
  try {
    const std::string answer = key_of("answer", environment_.rank);
    store_->set(answer, bytes("here"));
    if (environment_.rank == 0) {
      const std::vector<int> missing = wait_for("answer", kAnswer);
      std::string verdict;
      for (int rank : missing) verdict += text(rank, " ");
      store_->set("verdict", bytes(verdict + "."));
      // The store may live in this process: the others must have read it before it ends.
      for (int rank : missing) store_->set(key_of("heard", rank), bytes("never"));
      store_->set(key_of("heard", 0), bytes("yes"));
      wait_for("heard", kAnswer);
      return missing;
    }
    store_->wait({"verdict"}, kVerdict);
    const std::string verdict = words(store_->get("verdict"));
    store_->set(key_of("heard", environment_.rank), bytes("yes"));
    std::vector<int> missing;
    std::istringstream list(verdict);
    for (int rank = 0; list >> rank;) missing.push_back(rank);
    return missing;
  } catch (const std::exception&) {
    return {0};
  }
}

}  // namespace understudy::model

#endif
