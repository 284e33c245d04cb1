#include <fstream>
#include <iostream>
#include <map>
#include <optional>

#include "networks.h"
#include "onnx_file.h"
#include "training.h"
#include "understudy/core/error.h"
#include "understudy/core/memory.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"
#include "weights_file.h"

namespace understudy::faces {
namespace {

constexpr const char* kUsage =
    "understudy_face_training detector|face|identity PACK.safetensors -o OUT.safetensors --minutes M --batch "
    "N\n"
    "                         [--from WEIGHTS.safetensors] [--rate R] [--device auto|cpu|cuda] [--seed S] "
    "[--threads T] [--echo TIMES]\n"
    "understudy_face_training export WEIGHTS.safetensors -o OUT.onnx";

struct Arguments {
  std::vector<std::string> places;
  std::map<std::string, std::string> options;

  std::string option(const std::string& name, std::optional<std::string> otherwise = {}) const {
    const auto found = options.find(name);
    if (found != options.end()) return found->second;
    if (otherwise) return *otherwise;
    throw Error(ErrorCode::kUsage, text("the option ", name, " is missing"), kUsage);
  }

  double number(const std::string& name, std::optional<std::string> otherwise = {}) const {
    const std::string value = option(name, std::move(otherwise));
    try {
      return std::stod(value);
    } catch (const std::exception&) {
      throw Error(ErrorCode::kUsage, text(name, " is '", value, "', which is no number"));
    }
  }
};

Arguments read_arguments(int count, char** values) {
  Arguments out;
  for (int i = 1; i < count; ++i) {
    const std::string value = values[i];
    if (!value.starts_with("-"))
      out.places.push_back(value);
    else if (i + 1 < count)
      out.options[value] = values[++i];
  }
  if (out.places.size() != 2) throw Error(ErrorCode::kUsage, "two words were expected", kUsage);
  return out;
}

void export_network(const Arguments& arguments) {
  const std::string file = onnx_file(read_network(arguments.places[1])), path = arguments.option("-o");
  std::ofstream out(path, std::ios::binary);
  if (!out.write(file.data(), static_cast<std::streamsize>(file.size())).flush())
    throw Error(ErrorCode::kResource, text(path, " could not be written"));
}

void obey(const Arguments& arguments) {
  keep_freed_memory();
  model::use_threads(static_cast<int>(arguments.number("--threads", "0")));
  if (arguments.places[0] == "export") return export_network(arguments);
  TrainingOptions options;
  options.network = arguments.places[0];
  options.pack = arguments.places[1];
  options.out = arguments.option("-o");
  options.device = model::device_from_name(arguments.option("--device", "auto"));
  options.minutes = arguments.number("--minutes");
  options.batch = static_cast<std::int64_t>(arguments.number("--batch"));
  options.seed = static_cast<std::uint64_t>(arguments.number("--seed", "1"));
  options.from = arguments.option("--from", "");
  options.echo = static_cast<std::int64_t>(arguments.number("--echo", "1"));
  options.rate = arguments.number("--rate", "0.002");
  train(options);
}

}  // namespace
}  // namespace understudy::faces

int main(int count, char** values) {
  try {
    understudy::faces::obey(understudy::faces::read_arguments(count, values));
    return 0;
  } catch (const understudy::Error& error) {
    std::cerr << error.message() << '\n' << error.hint() << '\n';
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
