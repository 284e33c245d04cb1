#include "understudy/core/json.h"
#include "understudy/stages/plan/job_script.h"

namespace understudy::stages {
namespace {

Json step_of(const FarmPlan& plan, const FarmJob& job) {
  const JobNeeds needs = needs_of_all_ranks(job);
  Json step = {{"name", job.name}, {"description", job.summary}};
  // A step waits for whole steps: there are no dependencies between tasks.
  for (const JobBefore& before : job.after) step["dependencies"].push_back({{"dependsOn", before.name}});
  if (job.chunks > 0)
    step["parameterSpace"]["taskParameterDefinitions"] =
        Json::array({{{"name", "Chunk"}, {"type", "INT"}, {"range", text("1-", job.chunks)}}});
  Json amounts = Json::array({{{"name", "amount.worker.vcpu"}, {"min", needs.cores}},
                              {{"name", "amount.worker.memory"}, {"min", needs.memory_mb}}});
  if (needs.gpus > 0) amounts.push_back({{"name", "amount.worker.gpu"}, {"min", needs.gpus}});
  step["hostRequirements"]["amounts"] = std::move(amounts);
  Json run = {{"command", "bash"},
              {"args",
               {"-c", text("cd ", shell_word(plan.folder.string()), " && exec ",
                           shell_line(command_on_one_host(plan, job, "openjd"), "{{Task.Param.Chunk}}"))}},
              {"cancelation", {{"mode", "NOTIFY_THEN_TERMINATE"}, {"notifyPeriodInSeconds", 30}}}};
  if (needs.minutes > 0) run["timeout"] = needs.minutes * 60;
  step["script"]["actions"]["onRun"] = std::move(run);
  return step;
}

}  // namespace

std::vector<JobFile> openjd_files(const FarmPlan& plan) {
  Json steps = Json::array();
  for (const FarmJob& job : plan.jobs) steps.push_back(step_of(plan, job));
  const Json job = {
      {"specificationVersion", "jobtemplate-2023-09"}, {"name", plan.shot}, {"steps", std::move(steps)}};
  return {{"template.json", json_text(job, 2) + "\n"},
          {"submit.sh",
           "#!/usr/bin/env bash\n# Runs the template's steps here. For AWS Deadline Cloud: deadline bundle "
           "submit FOLDER, this "
           "folder being the bundle.\n# Made by understudy-plan.\nset -eu\ncd \"$(dirname \"$0\")\"\nopenjd "
           "run template.json\n",
           true}};
}

}  // namespace understudy::stages
