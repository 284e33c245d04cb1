#if defined(UNDERSTUDY_WITH_DISTRIBUTED)

#include "understudy/model/distributed/c10d_meeting.h"

#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <sstream>
#include <thread>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/distributed/own_address.h"

namespace understudy::model {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kVerdict{4000};  // for what rank 0 found to get to the others

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
    wait_for_all();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    const bool serves = environment_.rank == 0 && !environment_.served && environment_.meeting_file.empty();
    throw Error(ErrorCode::kResource,
                text("rank ", environment_.rank, " of ", environment_.size,
                     serves ? " cannot open the meeting place " : " does not get to the meeting place ",
                     place_of(environment_), ": ", first_line(e.what())),
                "check MASTER_ADDR, and that MASTER_PORT is free on rank 0's host; or name a new file on a "
                "disk that all ranks share in UNDERSTUDY_RENDEZVOUS_FILE");
  }
}

void Meeting::open() {
  const auto store = open_store(environment_);
  store->setTimeout(environment_.patience);
  store_ = c10::make_intrusive<c10d::PrefixStore>("understudy/" + environment_.attempt, store);
}

void Meeting::wait_for_all() {
  if (store_->add("came", 1) > environment_.size)
    throw Error(ErrorCode::kResource,
                text("other ranks than these ", environment_.size, " have met at ", place_of(environment_)),
                "name a new file in UNDERSTUDY_RENDEZVOUS_FILE for each start, or another MASTER_PORT");
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

void Meeting::leave(int code, const std::string& why) noexcept {
  try {
    store_->set(key_of("left", environment_.rank), bytes(text(code, " ", why)));
  } catch (const std::exception&) {
    return;  // the others will find that this rank is gone
  }
}

std::optional<Meeting::Farewell> Meeting::farewell() const {
  for (int rank = 0; rank < environment_.size; ++rank) {
    if (!store_->check({key_of("left", rank)})) continue;
    std::istringstream said(words(store_->get(key_of("left", rank))));
    Farewell out{rank, 0, {}};
    said >> out.code;
    std::getline(said >> std::ws, out.why);
    return out;
  }
  return std::nullopt;
}

std::vector<int> Meeting::lead_roll_call(milliseconds patience) {
  const std::vector<int> missing = wait_for("answer", patience);
  std::string verdict;
  for (int rank : missing) verdict += text(rank, " ");
  for (int rank : missing) store_->set(key_of("heard", rank), bytes("never"));
  store_->set("verdict", bytes(verdict + "."));
  return missing;
}

std::vector<int> Meeting::hear_roll_call(milliseconds patience) {
  try {
    store_->wait({"verdict"}, patience + kVerdict);
  } catch (const std::exception&) {
    return {0};
  }
  std::istringstream verdict(words(store_->get("verdict")));
  std::vector<int> missing;
  for (int rank = 0; verdict >> rank;) missing.push_back(rank);
  return missing;
}

Meeting::RollCall Meeting::call_roll(milliseconds patience) noexcept {
  try {
    store_->set(key_of("answer", environment_.rank), bytes("here"));
    const bool leads = environment_.rank == 0;
    RollCall out;
    out.missing = leads ? lead_roll_call(patience) : hear_roll_call(patience);
    out.farewell = farewell();
    store_->set(key_of("heard", environment_.rank), bytes("yes"));
    // The store may live in rank 0: the others must have read it before it ends.
    if (leads) wait_for("heard", kVerdict);
    return out;
  } catch (const std::exception&) {
    return {{0}, std::nullopt};
  }
}

}  // namespace understudy::model

#endif
