#include "understudy/core/text.h"
#include "understudy/stages/plan/job_script.h"

namespace understudy::stages {
namespace {

std::string xml_text(std::string_view plain) {
  std::string out;
  for (const char c : plain)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

std::string element(const char* name, std::string_view content) {
  return text("<", name, ">", xml_text(content), "</", name, ">");
}

std::string layer_of(const FarmPlan& plan, const FarmJob& job) {
  const JobNeeds needs = needs_of_all_ranks(job);
  const std::string command = text("cd ", shell_word(plan.folder.string()), " && exec ",
                                   shell_line(command_on_one_host(plan, job, "farm"), "#IFRAME#"));
  std::string out =
      text("      <layer name=\"", job.name, "\" type=\"Render\">\n        ",
           element("cmd", "bash -c " + shell_word(command)), "\n        ",
           element("range", job.chunks > 0 ? text("1-", job.chunks) : "1"), "\n        ",
           element("chunk", "1"), "\n        ", element("cores", text(needs.cores, ".0")), "\n        ",
           element("threadable", "1"), "\n        ", element("memory", text(needs.memory_mb, "m")), "\n");
  if (needs.gpus > 0) out += text("        ", element("gpus", text(needs.gpus)), "\n");
  if (needs.minutes > 0) out += text("        ", element("timeout", text(needs.minutes)), "\n");
  return out + "        <services><service>shell</service></services>\n      </layer>\n";
}

std::string depends_of(const FarmPlan& plan, const FarmJob& job) {
  std::string out;
  for (const JobBefore& before : job.after)
    out += text("    <depend type=\"", before.by_chunk ? "FRAME_BY_FRAME" : "LAYER_ON_LAYER", "\">",
                element("depjob", plan.shot), element("deplayer", job.name), element("onjob", plan.shot),
                element("onlayer", before.name), "</depend>\n");
  return out;
}

}  // namespace

std::vector<JobFile> opencue_files(const FarmPlan& plan) {
  std::string layers, depends;
  for (const FarmJob& job : plan.jobs) {
    layers += layer_of(plan, job);
    depends += depends_of(plan, job);
  }
  // The show must be known to the Cuebot; submit.sh puts in whose it is.
  const std::string spec = text(
      "<?xml version=\"1.0\"?>\n<!DOCTYPE spec PUBLIC \"SPI Cue Specification Language\" "
      "\"http://localhost:8080/spcue/dtd/cjsl-1.12.dtd\">\n<spec>\n  <show>@SHOW@</show>\n  ",
      element("shot", plan.shot), "\n  <user>@USER@</user>\n  <job name=\"", plan.shot,
      "\">\n    <maxretries>10</maxretries>\n    <layers>\n", layers,
      "    </layers>\n  </job>\n  <depends>\n", depends, "  </depends>\n</spec>\n");
  return {{"job.xml", spec},
          {"submit.sh", R"sh(#!/usr/bin/env bash
# Hands job.xml to the Cuebot that OpenCue's own configuration names. $CUE_SHOW says which show. Made by understudy-plan.
set -eu
cd "$(dirname "$0")"
sed -e "s/@SHOW@/${CUE_SHOW:-testing}/" -e "s/@USER@/$(id -un)/" job.xml |
  python3 -c 'import sys, opencue; [print(job.name()) for job in opencue.api.launchSpecAndWait(sys.stdin.read())]'
)sh",
           true}};
}

}  // namespace understudy::stages
