#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string_view>

#include "ranks/jobs.h"
#include "ranks/roles.h"
#include "understudy/core/text.h"
#include "unit/model/drawn_faces.h"

namespace understudy::model {
namespace {

using testing::HasSubstr;

double elapsed_s(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void expect_all_good(const std::string& role, int size, const Job::Environment& meeting) {
  Job job(role, size, meeting);
  for (int rank = 0; rank < size; ++rank) {
    const Ended ended = job.end(rank);
    EXPECT_EQ(ended.code, 0) << role << ", rank " << rank << " of " << size << ": " << ended.said;
  }
}

TEST(Ranks, TalkThroughAFileAndThroughAPort) {
  for (const int size : {2, 3}) {
    expect_all_good("talk", size, meet_at_file());
    expect_all_good("talk", size, meet_at_port());
  }
}

TEST(Ranks, AverageTheirGradientsWhileBackwardRuns) {
  for (const int size : {2, 3}) expect_all_good("average", size, meet_at_file());
  expect_all_good("average-partly", 2, meet_at_file());
}

/// The weights after so many steps more of a training in `folder`, by that many ranks.
TensorFile trained(const std::string& role, int ranks, int steps, const std::filesystem::path& folder) {
  Job::Environment environment = meet_at_file();
  environment["RANKS_TEST_FOLDER"] = folder.string();
  environment["RANKS_TEST_STEPS"] = std::to_string(steps);
  Job job(role, ranks, environment);
  for (int rank = 0; rank < ranks; ++rank) {
    const Ended ended = job.end(rank, 300);
    EXPECT_EQ(ended.code, 0) << ended.said;
  }
  return load_checkpoint(folder).file;
}

void expect_near(const TensorFile& one, const TensorFile& other, double tolerance) {
  ASSERT_EQ(one.tensors.size(), other.tensors.size());
  double off = 0;
  for (const auto& [name, tensor] : one.tensors)
    if (name.find(CheckpointPart::kWeights) != std::string::npos)
      off = std::max(off, (tensor - *other.find(name)).abs().max().item<double>());
  EXPECT_LT(off, tolerance);
  testing::Test::RecordProperty("largest_difference", std::to_string(off));
}

TEST(Ranks, TrainAsOneWithTwiceTheBatch) {
  const TempFolder one, two, changing;
  const TensorFile alone = trained("train", 1, 100, one.path());
  expect_near(alone, trained("train", 2, 100, two.path()), 1e-5);
  // Their number may change on the way.
  trained("train", 2, 40, changing.path());
  trained("train", 1, 30, changing.path());
  expect_near(alone, trained("train", 4, 30, changing.path()), 1e-5);
}

TEST(Ranks, TrainAlikeWithDiscriminatorsAndSeveralBatches) {
  const TempFolder one, two;
  expect_near(trained("train-with-everything", 1, 20, one.path()),
              trained("train-with-everything", 2, 20, two.path()), 1e-5);
}

/// The ranks that are left end with 75 within seconds and name the one that is not.
void expect_loss(const std::string& role, int size, int lost, Job::Environment meeting) {
  SCOPED_TRACE(role);
  const auto begin = std::chrono::steady_clock::now();
  Job job(role, size, meeting);
  for (int rank = 0; rank < size; ++rank) {
    if (rank == lost) continue;
    const Ended ended = job.end(rank, 30);
    EXPECT_EQ(ended.code, 75) << "rank " << rank << ": " << ended.said;
    EXPECT_THAT(ended.said,
                HasSubstr("rank " + std::to_string(lost) + " of " + std::to_string(size) + " was lost"));
    EXPECT_THAT(ended.said, HasSubstr("run the job again"));
  }
  EXPECT_LT(elapsed_s(begin), 25);
}

TEST(Ranks, NoticeThatOneWasKilled) {
  expect_loss("kill-1", 2, 1, meet_at_port());
  expect_loss("kill-1", 2, 1, meet_at_file());
  expect_loss("kill-0", 3, 0, meet_at_port());
  expect_loss("kill-0", 2, 0, meet_at_file());
  expect_loss("kill-2", 4, 2, meet_at_port());
}

TEST(Ranks, EndAsTheOneThatHasAnErrorOfItsOwn) {
  for (const int left : {0, 1}) {
    for (const Job::Environment& meeting : {meet_at_port(), meet_at_file()}) {
      Job job("leave-" + std::to_string(left), 3, meeting);
      for (int rank = 0; rank < 3; ++rank) {
        const Ended ended = job.end(rank, 30);
        EXPECT_EQ(ended.code, 4) << "rank " << rank << ": " << ended.said;
        const std::string sentence = text("rank ", left, " of 3 has ended: this is no model");
        EXPECT_THAT(ended.said, HasSubstr(rank == left ? "this is no model" : sentence));
      }
    }
  }
}

TEST(Ranks, NoticeThatOneIsSilent) {
  Job::Environment meeting = meet_at_port();
  meeting["UNDERSTUDY_RANK_TIMEOUT"] = "3";
  expect_loss("stop-1", 2, 1, meeting);
}

TEST(Ranks, DoNotWaitForEver) {
  Job::Environment meeting = meet_at_port();
  meeting["WORLD_SIZE"] = "2";
  meeting["UNDERSTUDY_RANK_TIMEOUT"] = "1";
  Job alone("nothing", 1, meeting);
  const Ended ended = alone.end(0, 20);
  EXPECT_EQ(ended.code, 5);
  EXPECT_THAT(ended.said, HasSubstr("rank 1 of 2 did not come to 127.0.0.1:"));
  EXPECT_THAT(ended.said, HasSubstr("within 1 s"));
}

TEST(Ranks, RefuseAMeetingPlaceThatIsTaken) {
  // As a job that was killed leaves it: everybody had come.
  const Job::Environment meeting = meet_at_file();
  {
    Job killed("kill-1", 2, meeting);
    EXPECT_EQ(killed.end(1).code, 128 + SIGKILL);
    EXPECT_EQ(killed.end(0).code, 75);
  }
  Job next("nothing", 2, meeting);
  for (const int rank : {0, 1}) {
    const Ended ended = next.end(rank, 20);
    EXPECT_EQ(ended.code, 5);
    EXPECT_THAT(ended.said, HasSubstr("other ranks than these 2 have met at " + meeting.begin()->second));
  }
  std::filesystem::remove(meeting.begin()->second);
}

}  // namespace
}  // namespace understudy::model

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--role") return understudy::model::play_role(argv[2]);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
