/// Prints what the watermark survives; see README.md.

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <iostream>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/sink.h"
#include "understudy/media/source.h"
#include "understudy/stages/watermark.h"
#include "watermark/attacks.h"

namespace fs = std::filesystem;

namespace understudy::watermark_table {
namespace {

constexpr std::uint64_t kId = 0x123456789abU, kEarlierId = 0xba987654321U;

/// A folder that is gone at the end.
struct Scratch {
  fs::path path = fs::temp_directory_path() / text("understudy-watermark-table-", ::getpid());
  Scratch() { fs::create_directories(path); }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
};

/// Stores `from` again without loss, marked. The PSNR of its luma, in dB of 255.
double mark(const std::string& from, const std::string& to, const provenance::WatermarkStrength& strength,
            std::uint64_t id = kId) {
  const auto source = media::open_source(from, 1);
  media::SinkOptions options;
  options.codec = fs::path(to).extension() == ".mkv" ? "ffv1" : "png";
  const auto sink = media::open_sink(to, source->info(), options);
  const cv::Size size(source->info().format.width, source->info().format.height);
  const provenance::Watermark watermark(id, size, strength);
  double squares = 0, pixels = 0;
  while (const auto frame = source->next()) {
    const cv::Mat before = frame->picture.plane(0).clone();
    provenance::MarkedPlanes planes = stages::marked_planes(frame->picture);
    watermark.mark(planes);
    squares += std::pow(cv::norm(before, frame->picture.plane(0), cv::NORM_L2), 2);
    pixels += static_cast<double>(before.total());
    sink->write(*frame);
  }
  sink->finish();
  return 10 * std::log10(255 * 255 * pixels / squares);
}

struct Reading {
  std::vector<provenance::WatermarkFinding> findings;
  bool searched = false;

  const provenance::WatermarkFinding* of(std::uint64_t id) const {
    const auto found = std::ranges::find(findings, id, &provenance::WatermarkFinding::id);
    return found == findings.end() ? nullptr : &*found;
  }
};

/// Everything of a file added up, and searched unless the mark lies straight.
Reading read_all(const std::string& path) {
  const auto source = media::open_source(path, 2);
  provenance::WatermarkReader reader({source->info().format.width, source->info().format.height});
  while (const auto frame = source->next()) reader.add(stages::marked_planes(frame->picture));
  if (const auto finding = reader.read(); finding && finding->id == kId) return {{*finding}};
  return {reader.search(), true};
}

/// Prints "2 of 127, 35 σ". Whether the mark was read.
bool print(const Reading& reading) {
  const auto *found = reading.of(kId), *earlier = reading.of(kEarlierId);
  if (!found)
    std::cout << " | **" << (earlier ? "the earlier" : reading.findings.empty() ? "lost" : "wrong") << "**";
  else
    std::cout << " | " << found->wrong_bits << ", " << fixed(found->confidence, 0) << " σ"
              << (reading.searched ? ", searched" : "")
              << (earlier ? text(", the earlier ", fixed(earlier->confidence, 0), " σ") : "");
  std::cout << std::flush;
  return found != nullptr;
}

bool attack_and_print(const Scratch& scratch, const std::string& marked, const Attack& attack,
                      const std::string& extension) {
  const std::string once = scratch / ("once" + extension), twice = scratch / ("twice" + extension);
  ffmpeg(text("-i ", marked, " ", attack.first, " ", once));
  if (!attack.second.empty()) ffmpeg(text("-i ", once, " ", attack.second, " ", twice));
  return print(read_all(attack.second.empty() ? once : twice));
}

std::string plain_name(const Scratch& scratch, std::size_t i) {
  return scratch / text("plain", i, ".mkv");
}

void make_clips(const Scratch& scratch, bool full) {
  const auto kinds = clip_kinds(full);
  for (std::size_t i = 0; i < kinds.size(); ++i)
    ffmpeg(text(kinds[i].making, " -an -pix_fmt yuv420p -c:v ffv1 ", plain_name(scratch, i)));
}

/// The head of a table with a column a clip.
void print_names(bool full) {
  std::string names = "|", lines = "|---";
  for (const ClipKind& kind : clip_kinds(full)) {
    names += " | " + kind.name;
    lines += "|---";
  }
  std::cout << names << " |\n" << lines << "|\n";
}

/// A row an attack, a column a clip. How many marks were lost.
int print_clips(const Scratch& scratch, bool full) {
  print_names(full);
  std::cout << "| PSNR-Y, SSIM-Y";
  std::vector<std::string> marked;
  for (std::size_t i = 0; i < clip_kinds(full).size(); ++i) {
    marked.push_back(scratch / text("marked", i, ".mkv"));
    const double psnr = mark(plain_name(scratch, i), marked.back(), provenance::kVideoStrength);
    std::cout << " | " << fixed(psnr, 1) << " dB, "
              << fixed(ssim_of(plain_name(scratch, i), marked.back()), 4);
  }
  std::cout << " |\n";
  int lost = 0;
  for (const Attack& attack : attacks(full)) {
    std::cout << "| " << attack.name;
    for (const std::string& clip : marked) lost += attack_and_print(scratch, clip, attack, ".mkv") ? 0 : 1;
    std::cout << " |\n";
  }
  return lost;
}

/// Clips that carried another mark already: what is read after the second. A row a way that the first went.
int print_marked_twice(const Scratch& scratch, bool full) {
  print_names(full);
  const std::string once = scratch / "once.mkv", sent = scratch / "sent.mkv", twice = scratch / "again.mkv";
  int lost = 0;
  for (const Attack& attack : attacks_between_marks(full)) {
    std::cout << "| " << attack.name;
    for (std::size_t i = 0; i < clip_kinds(full).size(); ++i) {
      mark(plain_name(scratch, i), once, provenance::kVideoStrength, kEarlierId);
      ffmpeg(text("-i ", once, " ", attack.first, " ", sent));
      std::cout << " | " << fixed(mark(sent, twice, provenance::kVideoStrength), 1) << " dB";
      lost += attack_and_print(scratch, twice, {attack.name, attack.second}, ".mkv") ? 0 : 1;
    }
    std::cout << " |\n";
  }
  return lost;
}

/// The same for one picture of each clip, marked as stills are.
int print_stills(const Scratch& scratch) {
  const std::size_t count = clip_kinds(true).size();
  std::vector<std::string> marked;
  std::cout << "| PSNR of red";
  for (std::size_t i = 0; i < count; ++i) {
    const std::string plain = scratch / text("still", i, ".png");
    ffmpeg(text("-i ", plain_name(scratch, i), " -frames:v 1 -update 1 ", plain));
    const std::string folder = scratch / text("stills", i);
    std::cout << " | " << fixed(mark(plain, folder, provenance::kStillStrength), 1) << " dB";
    marked.push_back(fs::directory_iterator(folder)->path().string());
  }
  std::cout << " |\n";
  int lost = 0;
  for (const Attack& attack : still_attacks()) {
    std::cout << "| " << attack.name;
    for (const std::string& still : marked)
      lost += attack_and_print(scratch, still, {attack.name, attack.first + " -update 1"}, ".jpg") ? 0 : 1;
    std::cout << " |\n";
  }
  return lost;
}

/// Parts of the plain clips' frames, each another place, size and lightness. How many were taken for marked.
int print_unmarked(const Scratch& scratch, bool full) {
  const int trials = full ? 10000 : 200, searches = full ? 40 : 2;
  std::vector<cv::Mat> frames;
  for (std::size_t i = 0; i < clip_kinds(full).size(); ++i) {
    const auto source = media::open_source(plain_name(scratch, i), 1);
    while (const auto frame = source->next()) frames.push_back(frame->picture.plane(0));
  }
  cv::RNG random(1);
  int taken = 0;
  for (int i = 0; i < trials; ++i) {
    const cv::Mat& frame = frames[static_cast<std::size_t>(i) % frames.size()];
    const int width = random.uniform(frame.cols / 3, frame.cols),
              height = random.uniform(frame.rows / 3, frame.rows);
    const cv::Rect part(random.uniform(0, frame.cols - width), random.uniform(0, frame.rows - height), width,
                        height);
    cv::Mat small;
    cv::resize(frame(part), small, {480, 270}, 0, 0, cv::INTER_AREA);
    small.convertTo(small, -1, random.uniform(0.6, 1.2));
    provenance::WatermarkReader reader(small.size());
    reader.add({{small}, {16, 235, 16, 235}, {1, 0, 0}});
    taken += reader.read() || (i < searches && !reader.search().empty()) ? 1 : 0;
  }
  std::cout << taken << " of " << trials << " unmarked pictures were taken for marked; " << searches
            << " of them were searched as well\n";
  return taken;
}

int run(std::string_view option) {
  const bool full = option != "--short";
  cv::setNumThreads(1);
  const Scratch scratch;
  make_clips(scratch, full);
  if (option == "--marked-twice") return print_marked_twice(scratch, full) == 0 ? 0 : 1;
  int wrong = print_clips(scratch, full);
  wrong += print_marked_twice(scratch, full);
  if (full) wrong += print_stills(scratch);
  wrong += print_unmarked(scratch, full);
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace understudy::watermark_table

int main(int argc, char** argv) {
  try {
    return understudy::watermark_table::run(argc < 2 ? "" : argv[1]);
  } catch (const understudy::Error& e) {
    std::cerr << e.message() << "\n" << e.hint() << "\n";
    return 1;
  }
}
