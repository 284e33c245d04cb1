#include "understudy/cli/faces_commands.h"

#include "understudy/face/crop.h"
#include "understudy/stages/faces_peer.h"

namespace understudy::cli {
namespace {

void add_apply(CLI::App& app, stages::CurateOptions& options) {
  app.add_flag("--apply", options.apply, "move them to trash/");
}

void add_output(CLI::App& app, std::filesystem::path& output, const char* help, const char* type) {
  app.add_option("-o,--output", output, help)->required()->type_name(type);
}

}  // namespace

FacesCommands::FacesCommands(Tool& tool) : verbs_(tool) {
  tool.consents(consents_);
  add_sort();
  add_curation();
  add_stats();
  add_check();
  add_edit();
  add_exchange();
}

CLI::App& FacesCommands::add_on_dataset(const char* name, const char* help, stages::FacesOptions& options,
                                        std::function<Outcome(Run&)> work) {
  CLI::App& app = verbs_.add(name, help, [this, &options, work = std::move(work)](Run& run) {
    options.consents = consents_;
    return work(run);
  });
  app.add_option("dataset", options.dataset, "a dataset folder")->required()->type_name("DATASET");
  return app;
}

void FacesCommands::add_sort() {
  CLI::App& app = add_on_dataset("sort", "print the faces in an order, with what they were sorted by", sort_,
                                 [this](Run& run) { return stages::sort_faces(sort_, run); });
  add_choice(app, "--by", sort_.by, stages::sort_keys(), "the order")->required();
  app.add_option("--link", sort_.link, "make a folder of numbered links, to look through")->type_name("DIR");
  app.add_flag("--json", sort_.json, "print JSON rather than lines");
}

void FacesCommands::add_curation() {
  CLI::App& best = verbs_.add("best", "list the faces that are not among the best N", [this](Run& run) {
    best_.consents = consents_;
    return stages::best_faces(best_, run);
  });
  best.add_option("n", best_.best, "how many stay, evenly over yaw and pitch, the sharpest first")
      ->required()
      ->type_name("N");
  best.add_option("dataset", best_.dataset, "a dataset folder")->required()->type_name("DATASET");
  best.add_flag("--json", best_.json, "print JSON rather than lines");
  add_apply(best, best_);

  CLI::App& dedupe = add_on_dataset("dedupe", "list the faces that are nearly like a sharper one", dedupe_,
                                    [this](Run& run) { return stages::dedupe_faces(dedupe_, run); });
  dedupe.add_option("--threshold", dedupe_.threshold, "how far apart looks may be and still count as like")
      ->check(CLI::Range(0.0, stages::kMaxDistance));
  dedupe.add_flag("--json", dedupe_.json, "print JSON rather than lines");
  add_apply(dedupe, dedupe_);

  CLI::App& filter = add_on_dataset("filter", "list the faces that do not fulfil a condition", filter_,
                                    [this](Run& run) { return stages::filter_faces(filter_, run); });
  filter
      .add_option("--where", filter_.where,
                  "what those that stay fulfil, as in \"sharpness>80 and abs(yaw_deg)<40\"")
      ->required()
      ->type_name("CONDITION");
  filter.add_flag("--json", filter_.json, "print JSON rather than lines");
  add_apply(filter, filter_);
}

void FacesCommands::add_stats() {
  CLI::App& app = verbs_.add("stats", "say how many faces there are, and of what kind", [this](Run& run) {
    stats_.consents = consents_;
    return stages::face_stats(stats_, run);
  });
  app.add_option("dataset", stats_.datasets, "dataset folders")->type_name("DATASET");
  app.add_option("--likeness", stats_.likeness, "a likeness to put beside a performer")->type_name("DATASET");
  app.add_option("--performer", stats_.performer, "a performer to put beside a likeness")
      ->type_name("DATASET");
  app.add_option("--json", stats_.json_file, "write it as JSON")->type_name("FILE");
  app.add_option("--html", stats_.html_file, "write a page with pose maps and histograms")->type_name("FILE");

  CLI::App& sheet = add_on_dataset("sheet", "draw a contact sheet", sheet_,
                                   [this](Run& run) { return stages::face_sheet(sheet_, run); });
  add_output(sheet, sheet_.output, "the sheet, a PNG", "FILE");
  add_person(sheet, sheet_.person);
}

void FacesCommands::add_check() {
  CLI::App& check = verbs_.add("check", "check every digest, record, picture and correction",
                               [this](Run& run) { return stages::check_faces(check_, run); });
  check.add_option("dataset", check_.dataset, "a dataset folder")->required()->type_name("DATASET");
  check.add_flag("--repair", check_.repair,
                 "rebuild damaged lists of faces and move half-written folders to trash/; no job may run");

  CLI::App& reindex = verbs_.add("reindex", "rebuild every list of faces from the records in the pictures",
                                 [this](Run& run) { return stages::reindex_faces(check_, run); });
  reindex.add_option("dataset", check_.dataset, "a dataset folder")->required()->type_name("DATASET");
}

void FacesCommands::add_edit() {
  CLI::App& app = add_on_dataset("edit", "correct a face, so that it stays corrected", edit_,
                                 [this](Run& run) { return stages::edit_face(edit_, run); });
  app.add_option("--frame", edit_.frame, "its frame")->required()->type_name("F");
  app.add_option("--face", edit_.face, "its number in the frame")->required()->type_name("I");
  app.add_option("--source", edit_.source, "its source, where there are several")->type_name("NAME");
  app.add_option("--landmarks", edit_.landmarks, "68 points in plate pixels, JSON or lines")
      ->type_name("FILE");
  app.add_option("--mask", edit_.mask, "a grey PNG over the aligned crop or the plate")->type_name("FILE");
  app.add_option("--identity", edit_.identity, "whose face it is")->type_name("NAME");
  app.add_flag("--skip", edit_.skip, "use the face nowhere");
  app.add_flag("--clear", edit_.clear, "take the face's corrections back");
}

void FacesCommands::add_exchange() {
  CLI::App& import = verbs_.add("import", "make a dataset of another program's faces", [this](Run& run) {
    import_.consents = consents_;
    return stages::import_faces(import_, run);
  });
  import.add_option("folder", import_.folder, "a folder of face pictures")->required()->type_name("FOLDER");
  add_output(import, import_.output, "the dataset", "DATASET");
  add_choice(import, "--format", import_.format, stages::peer_formats(), "whose pictures they are")
      ->required();
  import.add_option("--consent", import_.consent, "the subject's consent record")
      ->required()
      ->type_name("FILE");
  import.add_option("--source", import_.source, "name of the source; the folder's by default")
      ->type_name("NAME");
  add_choice(import, "--crop", import_.crop, face::crop_families(), "how much of the head a crop shows");
  import.add_option("--size", import_.size, "side of a crop in pixels")
      ->check(CLI::Range(face::kMinCropSize, face::kMaxCropSize));
  import
      .add_option("--model-dir", import_.model_dir,
                  "folder with the landmarker's and the embedder's model files")
      ->type_name("DIR");

  CLI::App& out = add_on_dataset("export", "write the faces for another program", export_,
                                 [this](Run& run) { return stages::export_faces(export_, run); });
  add_output(out, export_.output, "a new folder", "FOLDER");
  add_choice(out, "--format", export_.format, stages::peer_formats(), "for whom")->required();

  CLI::App& pack = add_on_dataset("pack", "write WebDataset archives: picture, mask and record of each face",
                                  pack_, [this](Run& run) { return stages::pack_faces(pack_, run); });
  add_output(pack, pack_.output, "a new folder", "DIR");
}

}  // namespace understudy::cli
