#include "understudy/stages/plan/job_script.h"

#include <algorithm>

#include "understudy/core/text.h"

namespace understudy::stages {
namespace {

constexpr const char* kMark = ".handed-over";

}  // namespace

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shell_line(const std::vector<std::string>& words, std::string_view chunk) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += word == kChunkWord ? std::string(chunk) : shell_word(word);
  }
  return out;
}

std::vector<std::string> command_on_one_host(const FarmPlan& plan, const FarmJob& job,
                                             std::string_view progress) {
  std::vector<std::string> out;
  if (job.ranks > 1) out = {plan.rank_launcher.string(), text(job.ranks)};
  out.insert(out.end(), job.command.begin(), job.command.end());
  out.insert(out.end(), {"--progress", std::string(progress)});
  return out;
}

std::string mark_work_folder(const FarmPlan& plan) {
  const std::string work = shell_word(plan.work.string());
  return text("mkdir -p ", work, " && : >", work, "/", kMark, " || exit 5\n");
}

std::string check_work_folder(const FarmPlan& plan) {
  const std::string work = shell_word(plan.work.string());
  return text("[ -e ", work, "/", kMark, " ] || { echo ", work,
              "\" on $(hostname) is not the folder that the plan was handed over with: work needs a disk "
              "that all hosts "
              "share\" >&2; exit 3; }\n");
}

std::vector<JobFile> job_scripts(const FarmPlan& plan, std::string_view progress) {
  std::vector<JobFile> out;
  for (const FarmJob& job : plan.jobs) {
    const bool array = job.chunks > 0;
    out.push_back({job.name + ".sh",
                   text("#!/usr/bin/env bash\n# ", plan.shot, ": ", job.summary,
                        array ? text("; task $1 of ", job.chunks) : "", ". Made by understudy-plan.\n",
                        array ? ": \"${1:?say which task, from 1}\"\n" : "", "cd ",
                        shell_word(plan.folder.string()), " || exit 3\n", check_work_folder(plan), "exec ",
                        shell_line(command_on_one_host(plan, job, progress), "\"$1\""), "\n"),
                   true});
  }
  return out;
}

JobNeeds needs_of_all_ranks(const FarmJob& job) {
  JobNeeds out = job.needs;
  out.cores *= job.ranks;
  out.memory_mb *= job.ranks;
  out.gpus *= job.ranks;
  return out;
}

}  // namespace understudy::stages
