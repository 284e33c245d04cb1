#include "watermark/attacks.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::watermark_table {
namespace {

/// A bundled head, the middle of its picture enlarged.
std::string head(const std::string& name, const std::string& size) {
  return text("-i ", TEST_DATA, "/cast/", name, " -vf crop=480:270:0:80,scale=", size, ":flags=lanczos");
}

std::string x264(int crf) {
  return text(" -c:v libx264 -preset medium -pix_fmt yuv420p -crf ", crf);
}

std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw Error(ErrorCode::kResource, text("cannot run ", command));
  std::array<char, 4096> block{};
  while (std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) out.append(block.data(), got);
  ::pclose(pipe);
  return out;
}

}  // namespace

std::vector<ClipKind> clip_kinds(bool full) {
  const std::string frames = full ? " -frames:v 48" : " -frames:v 24";
  const std::string large = full ? "1920:1080" : "640:360", small = full ? "1280:720" : "640:360";
  const std::string pan = ",crop=1280:720:'(iw-ow)*(0.5+0.5*sin(t*2.4))':'(ih-oh)*(0.5+0.5*cos(t*1.7))'";
  std::vector<ClipKind> out{{full ? "talking head, 1080p" : "talking head, 360p",
                             head("bruno_as_ada_truth.mp4", large) + ",noise=alls=4:allf=t" + frames}};
  if (!full) return out;
  out.push_back({"dark, with grain, 720p",
                 head("ada.mp4", small) + ",eq=brightness=-0.3:contrast=0.8,noise=alls=14:allf=t" + frames});
  out.push_back({"fast pan, 720p",
                 "-f lavfi -i mandelbrot=size=2560x1440:rate=24:start_scale=0.6:end_scale=0.58 "
                 "-vf noise=alls=6:allf=t" +
                     pan + frames});
  return out;
}

std::vector<Attack> attacks(bool full) {
  std::vector<Attack> out{
      {"H.264, CRF 18", x264(18)},
      {"H.264, CRF 23", x264(23)},
      {"H.264, CRF 28", x264(28), "", true},
      {"H.264, CRF 33", x264(33)},
      {"HEVC, CRF 28", "-c:v libx265 -x265-params log-level=error:pools=2 -pix_fmt yuv420p -crf 28"},
      {"two generations, CRF 23 and 28", x264(23), x264(28)},
      {"half size, CRF 28", "-vf scale=iw/2:ih/2" + x264(28)},
      {"a crop of 5 %, CRF 23", "-vf crop=iw*0.95:ih*0.95" + x264(23), "", true},
      {"a crop of 5 % off the middle, enlarged to 720p, CRF 23",
       "-vf crop=iw*0.95:ih*0.95:iw*0.01:ih*0.04,scale=1280:720" + x264(23)},
      {"between black bars, CRF 23", "-vf pad=iw:ih*1.25:0:-1" + x264(23)},
      {"mirrored, CRF 28", "-vf hflip" + x264(28), "", true},
      {"contrast 1.15, brightness +0.05, gamma 1.1, CRF 28",
       "-vf eq=contrast=1.15:brightness=0.05:gamma=1.1" + x264(28)},
      {"blur of sigma 2 and noise of 8, CRF 28", "-vf gblur=2,noise=alls=8:allf=t" + x264(28)},
      {"contrast 0.7, half a second cut out of it, CRF 28", "-ss 1 -t 0.5 -vf eq=contrast=0.7" + x264(28)}};
  if (!full) std::erase_if(out, [](const Attack& attack) { return !attack.is_quick; });
  return out;
}

std::vector<Attack> attacks_between_marks(bool full) {
  const std::string lossless = "-c:v ffv1", crop = "-vf crop=iw*0.95:ih*0.95",
                    half = "-vf 'scale=trunc(iw/4)*2:trunc(ih/4)*2'", pixels = " -pix_fmt yuv420p ",
                    bars = "-vf 'pad=iw:round(ih*0.55)*2:0:-1'", no_bars = "-vf 'crop=iw:round(ih/2.2)*2'";
  std::vector<Attack> out{
      {"marked again, CRF 23", lossless, x264(23)},
      {"marked again, CRF 28", lossless, x264(28), true},
      {"marked again, half size, CRF 28", lossless, half + x264(28)},
      {"marked again, a crop of 5 %, CRF 23", lossless, crop + x264(23), true},
      {"CRF 23, marked again, CRF 28", x264(23), x264(28)},
      {"CRF 23, marked again, half size, CRF 28", x264(23), half + x264(28)},
      {"CRF 23, marked again, a crop of 5 %, CRF 23", x264(23), crop + x264(23)},
      {"a crop of 5 %, marked again, CRF 23", crop + pixels + lossless, x264(23), true},
      {"a crop of 5 %, marked again, half size, CRF 28", crop + pixels + lossless, half + x264(28)},
      {"a crop of 5 %, marked again, a crop of 5 %, CRF 23", crop + pixels + lossless, crop + x264(23), true},
      {"put between bars, marked again, the bars cut away, CRF 23", bars + pixels + lossless,
       no_bars + x264(23), true}};
  if (!full) std::erase_if(out, [](const Attack& attack) { return !attack.is_quick; });
  return out;
}

std::vector<Attack> still_attacks() {
  return {{"JPEG, `-q:v` 5", "-q:v 5"},
          {"JPEG, `-q:v` 15", "-q:v 15"},
          {"half size, JPEG, `-q:v` 5", "-vf scale=iw/2:ih/2 -q:v 5"},
          {"a crop of 5 %, JPEG, `-q:v` 5", "-vf crop=iw*0.95:ih*0.95 -q:v 5"}};
}

void ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -v error -y -threads 2 " + arguments;
  if (std::system(command.c_str()) != 0) throw Error(ErrorCode::kResource, text("this failed: ", command));
}

double ssim_of(const std::filesystem::path& a, const std::filesystem::path& b) {
  const std::string said = output_of(
      text("ffmpeg -nostdin -threads 2 -i ", a.string(), " -i ", b.string(), " -lavfi ssim -f null - 2>&1"));
  const std::size_t at = said.find("SSIM Y:");
  if (at == std::string::npos) throw Error(ErrorCode::kResource, "ffmpeg's ssim said nothing", said);
  return std::stod(said.substr(at + 7));
}

}  // namespace understudy::watermark_table
