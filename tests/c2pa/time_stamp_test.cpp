#include "understudy/provenance/c2pa/time_stamp.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "c2pa/signed_media.h"
#include "understudy/provenance/c2pa/cose.h"
#include "understudy/provenance/c2pa/sign.h"

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

namespace understudy::provenance::c2pa {
namespace {

/// A process that answers as a time-stamp authority does, for as long as this lives.
class LocalAuthority {
 public:
  explicit LocalAuthority(const std::filesystem::path& folder) : folder_(folder) {
    std::array<int, 2> in{}, out{};
    if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      for (const int each : {in[0], in[1], out[0], out[1]}) ::close(each);
      ::execlp("python3", "python3", PROJECT_ROOT "/tests/c2pa/tsa.py", folder_.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    keeps_it_running_ = in[1];
    for (char digit = 0; ::read(out[0], &digit, 1) == 1 && digit != '\n';) port_ += digit;
    ::close(out[0]);
  }
  ~LocalAuthority() {
    ::close(keeps_it_running_);
    ::waitpid(child_, nullptr, 0);
  }
  LocalAuthority(const LocalAuthority&) = delete;
  LocalAuthority& operator=(const LocalAuthority&) = delete;

  std::string url(const std::string& path = "/") const { return text("http://127.0.0.1:", port_, path); }
  Certificate root() const { return parse_certificates(read_file(folder_ / "root.pem"), "root").front(); }

 private:
  std::filesystem::path folder_;
  pid_t child_ = 0;
  int keeps_it_running_ = -1;
  std::string port_;
};

class TimeStamps : public SignedMedia {
 protected:
  static const LocalAuthority& times() {
    static const LocalAuthority it(folder_ / "times");
    return it;
  }
  static std::string message_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& e) {
      return e.message();
    }
    return "nothing was thrown";
  }
};

TEST_F(TimeStamps, AreOfTheirMessageAlone) {
  const std::string token = ask_time_stamp_authority(times().url(), "a message");
  const TimeStamp stamp = read_time_stamp(token, "a message", "x");
  EXPECT_LT(std::chrono::abs(now_utc() - stamp.time), std::chrono::minutes(10));
  EXPECT_EQ(stamp.chain.front().subject(), "Time authority");
  EXPECT_TRUE(chain_leads_to(stamp.chain, std::vector{times().root()}, stamp.time));
  EXPECT_THAT(message_of([&] { read_time_stamp(token, "a massage", "x"); }), HasSubstr("something else"));
  for (std::size_t at = 0; at < token.size(); at += 7) {
    std::string broken = token;
    broken[at] ^= 1;
    try {
      const TimeStamp read = read_time_stamp(broken, "a message", "x");
      EXPECT_EQ(read.time, stamp.time) << at;  // a byte that the signature does not cover
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kFormat);
    }
  }
  for (const std::size_t length : {std::size_t{0}, std::size_t{10}, token.size() / 2, token.size() - 1})
    EXPECT_THROW(read_time_stamp(token.substr(0, length), "a message", "x"), Error) << length;
  EXPECT_THROW(read_time_stamp(token + "x", "a message", "x"), Error);
}

TEST_F(TimeStamps, BadAuthoritiesAreNamed) {
  ask_time_stamp_authority(times().url(), "the first");
  EXPECT_THAT(message_of([&] { ask_time_stamp_authority(times().url("/rubbish"), "m"); }),
              HasSubstr("no time-stamp from"));
  EXPECT_THAT(message_of([&] { ask_time_stamp_authority(times().url("/other"), "m"); }),
              HasSubstr("belongs to another question"));
  EXPECT_THAT(message_of([&] { ask_time_stamp_authority("https://127.0.0.1/", "m"); }), HasSubstr("http://"));
}

TEST_F(TimeStamps, SignaturesHaveOneSize) {
  const Signer signer = authority().signer("es256");
  const auto size_with = [&](std::size_t token) {
    return sign_cose(signer.key, signer.chain, "m", [&](std::string_view) { return std::string(token, 't'); })
        .size();
  };
  const std::size_t size = size_with(0);
  for (const std::size_t token : {1, 23, 24, 255, 256, 3000, 16000})
    EXPECT_EQ(size_with(token), size) << token;
  EXPECT_THAT(message_of([&] { size_with(17000); }), HasSubstr("has no room"));
}

TEST_F(TimeStamps, BothReadersTakeTheAuthoritysTime) {
  Signer signer = authority().signer("es256");
  signer.stamper = [](std::string_view message) { return ask_time_stamp_authority(times().url(), message); };
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& [name, options] :
       {std::pair{"stamped.mp4", "-c:v libx264 -pix_fmt yuv420p"}, {"stamped.jpg", "-frames:v 1"}}) {
    write_file(folder_ / name, made(name, options));
    sign_file(folder_ / name, sample_delivery(name), signer);
    files.emplace_back(name, read_file(folder_ / name));
  }
  write_file(folder_ / "root.pem", authority().root.pem() + times().root().pem());
  const auto official = ask_of(files);
  write_file(folder_ / "root.pem", authority().root.pem());
  for (std::size_t i = 0; i < files.size(); ++i) {
    SCOPED_TRACE(files[i].first);
    EXPECT_EQ(official[i].state, "Trusted") << official[i].all.dump(1);
    EXPECT_THAT(official[i].codes, IsEmpty()) << official[i].all.dump(1);
    const auto ours = validate_bytes(files[i].second, {{authority().root, times().root()}, now_utc()});
    EXPECT_EQ(ours->state, State::kTrusted) << to_json(*ours).dump(1);
    EXPECT_THAT(ours->manifests.back().stamped, HasSubstr("T"));
    // Long after the signer's certificate has expired the signature is still one of its time.
    const Seconds later = now_utc() + std::chrono::days(1500);
    EXPECT_EQ(validate_bytes(files[i].second, {{authority().root, times().root()}, later})->state,
              State::kTrusted);
    const auto unknown = validate_bytes(files[i].second, {{authority().root}, later});
    EXPECT_EQ(unknown->state, State::kInvalid);
    EXPECT_THAT(unknown->failures(), Contains("signingCredential.expired"));
  }
}

}  // namespace
}  // namespace understudy::provenance::c2pa
