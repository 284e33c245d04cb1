#include "understudy/stages/training_folder.h"

#include <opencv2/core.hpp>

#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/dataset/png.h"
#include "understudy/model/trainer.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::int64_t kPreviewRows = 4;
constexpr std::int64_t kScalarsEvery = 10;  // iterations
constexpr double kScalarsEvery_s = 1;

/// What a killed run left half-written; nobody else writes here.
const fs::path& tidied(const fs::path& folder) {
  for (const fs::path& part : {folder, folder / "history"}) {
    if (!fs::is_directory(part)) continue;
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(part))
      if (entry.path().filename().string().starts_with(".tmp-") && entry.is_regular_file())
        left.push_back(entry.path());
    for (const fs::path& path : left) fs::remove(path);
  }
  return folder;
}

std::string title_of(const fs::path& folder) {
  const fs::path name = fs::absolute(folder).lexically_normal();
  return (name.has_filename() ? name.filename() : name.parent_path().filename()).string();
}

}  // namespace

TrainingFolder::TrainingFolder(const fs::path& folder, const model::Trainer& trainer,
                               const model::KeepRule& keep, Json settings)
    : folder_(tidied(folder)),
      trainer_(trainer),
      keep_(keep),
      log_(folder, trainer.iteration()),
      history_(folder / "history", trainer.iteration(), title_of(folder), std::move(settings)),
      events_(folder / "history" / "tensorboard", trainer.iteration() + 1),
      noted_(trainer.iteration()) {}

void TrainingFolder::note(const model::StepReport& step) {
  since_noted_s_ += step.seconds;
  if (!step.trouble.empty()) {
    log_.add({{"iteration", step.iteration}, {"trouble", step.trouble}, {"seconds", step.seconds}});
    return;
  }
  log_.add({{"iteration", step.iteration},
            {"likeness_loss", step.likeness_loss},
            {"performer_loss", step.performer_loss},
            {"learning_rate", step.learning_rate},
            {"gradient_norm", step.gradient_norm},
            {"seconds", step.seconds}});
  if (step.iteration % kScalarsEvery == 0 || since_noted_s_ > kScalarsEvery_s) note_scalars(step);
}

void TrainingFolder::note_scalars(const model::StepReport& step) {
  const double rate =
      since_noted_s_ > 0 ? static_cast<double>(step.iteration - noted_) / since_noted_s_ : 0.0;
  events_.add_scalars(step.iteration, {{"loss/likeness", step.likeness_loss},
                                       {"loss/performer", step.performer_loss},
                                       {"learning_rate", step.learning_rate},
                                       {"gradient_norm", step.gradient_norm},
                                       {"iterations_per_second", rate}});
  noted_ = step.iteration;
  since_noted_s_ = 0;
}

void TrainingFolder::note_stage(const std::string& name) {
  // A run that goes on is in the stage that the log names already.
  if (!log_.stages().empty() && log_.stages().back().words == name) return;
  log_.add({{"iteration", trainer_.iteration()}, {"stage", name}});
}

bool TrainingFolder::milestone_is_due() const {
  return keep_.milestone_every > 0 && trainer_.iteration() > 0 &&
         trainer_.iteration() % keep_.milestone_every == 0 && saved_ != trainer_.iteration();
}

void TrainingFolder::save() {
  if (saved_ == trainer_.iteration()) return;
  trainer_.save(folder_, keep_);
  saved_ = trainer_.iteration();
}

void TrainingFolder::preview() {
  const torch::Tensor sheet = trainer_.preview_sheet(kPreviewRows);
  if (!sheet.defined()) return;
  const cv::Mat picture(static_cast<int>(sheet.size(0)), static_cast<int>(sheet.size(1)), CV_8UC3,
                        sheet.data_ptr());
  const std::string png = dataset::encode_png(picture, {});
  write_file(folder_ / "preview.png", png);
  log_.draw();
  events_.add_picture(trainer_.iteration(), "preview",
                      history_.add_preview(trainer_.iteration(), picture, png));
  history_.write_page(log_);
}

}  // namespace understudy::stages
