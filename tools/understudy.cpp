#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/core/table.h"

namespace {

const understudy::Table<int>& programs() {
  static const understudy::Table<int> table{
      "program",
      {{"extract", "find and follow the faces of a plate", 1},
       {"align", "landmarks, steadying, aligned crops and masks", 2},
       {"train", "learn one model from the likeness' and the performer's faces", 3},
       {"convert", "run a model over the performer's aligned faces", 4},
       {"merge", "put the swapped faces back into the plate", 5},
       {"faces", "sort, pick, correct, check and exchange aligned faces", 6},
       {"cast", "say who is who in a dataset", 7},
       {"consent", "make, show and check consent records", 8},
       {"verify", "where a dataset, model or delivered file comes from", 9},
       {"evaluate", "measure a result against the true swap", 10},
       {"export", "write a model as ONNX, for other programs", 11},
       {"plan", "write a render farm's job files for a whole shot", 12}}};
  return table;
}

void print_help(std::ostream& out) {
  out << "Usage: understudy NAME [OPTIONS]\n\nReplaces a performer's face in footage with a consenting "
         "person's likeness.\n\n";
  for (const auto& program : programs())
    out << "  " << program.name << std::string(10 - program.name.size(), ' ') << program.description << "\n";
  out << "\nunderstudy NAME --help lists a program's options.\n";
}

}  // namespace

/// Runs understudy-NAME from the folder this program lies in.
int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name.empty() || name == "--help" || name == "-h" || name == "help") {
    print_help(name.empty() ? std::cerr : std::cout);
    return name.empty() ? static_cast<int>(understudy::ErrorCode::kUsage) : 0;
  }
  if (name == "--version") {
    std::cout << "understudy " << understudy::version() << "\n";
    return 0;
  }
  try {
    programs().at(name);
  } catch (const understudy::Error& e) {
    std::cerr << "understudy: " << e.message() << "\n  " << e.hint() << "\n";
    return static_cast<int>(e.code());
  }
  std::error_code unknown;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  const std::string program = (folder / ("understudy-" + std::string(name))).string();
  std::vector<char*> arguments(argv + 1, argv + argc);
  arguments.front() = const_cast<char*>(program.c_str());
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  std::cerr << "understudy: cannot run " << program << ": " << std::strerror(errno) << "\n";
  return static_cast<int>(understudy::ErrorCode::kInput);
}
