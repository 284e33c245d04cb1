#include "understudy/cli/cast_commands.h"

namespace understudy::cli {

CastCommands::CastCommands(Tool& tool) : verbs_(tool) {
  tool.consents(consents_);
  CLI::App& list = add("list", "print the people with their tracks, faces, frames and sources", list_,
                       [this](Run& run) { return stages::list_people(list_, run); });
  list.add_flag("--json", list_.json, "print JSON rather than lines");
  list.add_option("--sheets", list_.sheets, "a new folder for a contact sheet of each person")
      ->type_name("DIR");

  CLI::App& name = add("name", "give a person a name", name_,
                       [this](Run& run) { return stages::name_person(name_, run); });
  name.add_option("person", name_.person, "name or id of the person")->required()->type_name("PERSON");
  name.add_option("name", name_.name, "what the person is called from now on")->required()->type_name("NAME");

  CLI::App& merge = add("merge", "say that people are one: the first", merge_,
                        [this](Run& run) { return stages::merge_people(merge_, run); });
  merge.add_option("person", merge_.people, "names or ids of the people")
      ->required()
      ->expected(2, 10'000)
      ->type_name("PERSON");

  CLI::App& split = add("split", "say that some faces of a person are another's", split_,
                        [this](Run& run) { return stages::split_person(split_, run); });
  split.add_option("person", split_.person, "name or id of the person")->required()->type_name("PERSON");
  split.add_option("--track", split_.tracks, "tracks of the other person, TRACK or SOURCE:TRACK")
      ->type_name("TRACK");
  split.add_option("--frames", split_.frames, "frames of the other person, as in 1-100 or 5,7")
      ->type_name("FRAMES");
  split.add_option("--name", split_.name, "what the other person is called; else after the first track")
      ->type_name("NAME");
}

CLI::App& CastCommands::add(const char* name, const char* help, stages::CastOptions& options,
                            std::function<Outcome(Run&)> work) {
  CLI::App& app = verbs_.add(name, help, [this, &options, work = std::move(work)](Run& run) {
    options.consents = consents_;
    return work(run);
  });
  app.add_option("dataset", options.dataset, "a dataset folder")->required()->type_name("DATASET");
  return app;
}

}  // namespace understudy::cli
