#include "understudy/media/sequence_path.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

constexpr std::array<std::string_view, 7> kPictureExtensions{".png",  ".jpg", ".jpeg", ".tif",
                                                             ".tiff", ".exr", ".dpx"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  return number;
}

/// The number at the end of a stem: 12 for "plate-0012", -12 for "plate.-0012" and "-0012".
std::optional<std::int64_t> trailing_number(std::string_view stem) {
  std::size_t start = stem.size();
  while (start > 0 && is_digit(stem[start - 1])) --start;
  const bool minus = start > 0 && start < stem.size() && stem[start - 1] == '-' &&
                     (start == 1 || stem[start - 2] == '.' || stem[start - 2] == '_');
  return whole_number(stem.substr(minus ? start - 1 : start));
}

/// Where a file name has its frame number.
struct Place {
  std::size_t begin = 0, end = 0;
  std::string range;  ///< 1-100 of "1-100####"; empty: none
  int pad = 0;
};

/// Where a frame range that ends at `end` begins; `end` when there is none: it has two numbers at least.
std::size_t range_before(std::string_view name, std::size_t end) {
  std::size_t begin = end, numbers = 0;
  for (std::size_t at = end;; --at) {
    const std::size_t behind = at;
    while (at > 0 && is_digit(name[at - 1])) --at;
    if (at == behind) break;
    begin = at;
    ++numbers;
    if (at == 0 || (name[at - 1] != '-' && name[at - 1] != ',' && name[at - 1] != 'x')) break;
  }
  return numbers > 1 ? begin : end;
}

/// %d, %04d and the like at `begin`.
std::optional<Place> printf_place(std::string_view name, std::size_t begin) {
  constexpr std::int64_t kMostDigits = 32;
  std::size_t end = begin + 1;
  std::string_view width;
  if (end < name.size() && name[end] == '0') {
    const std::size_t digits = ++end;
    while (end < name.size() && is_digit(name[end])) ++end;
    if (end == digits) return std::nullopt;
    width = name.substr(digits, end - digits);
  }
  if (end == name.size() || name[end] != 'd') return std::nullopt;
  const std::int64_t pad = width.empty() ? 1 : whole_number(width).value_or(1);
  return Place{begin, end + 1, {}, static_cast<int>(std::min(pad, kMostDigits))};
}

/// The first one: ####, @@@, both also behind a frame range, or one of printf's.
std::optional<Place> next_place(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '%') {
      if (auto place = printf_place(name, at)) return place;
    } else if (name[at] == '#' || name[at] == '@') {
      const std::size_t end = std::min(name.find_first_not_of(name[at], at), name.size());
      const std::size_t begin = range_before(name, at);
      const bool four = name[at] == '#' && end - at == 1;
      return Place{begin, end, std::string(name.substr(begin, at - begin)),
                   four ? 4 : static_cast<int>(end - at)};
    }
  }
  return std::nullopt;
}

void sort_by_number(std::vector<NumberedPicture>& pictures) {
  std::sort(pictures.begin(), pictures.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  const auto twin = std::adjacent_find(pictures.begin(), pictures.end(),
                                       [](const auto& a, const auto& b) { return a.number == b.number; });
  if (twin == pictures.end()) return;
  throw Error(ErrorCode::kInput,
              text("two pictures have the frame number ", twin->number, ": ", twin->path.string(), " and ",
                   std::next(twin)->path.filename().string()),
              "keep one of them, or name the sequence with a pattern such as plate.####.exr");
}

/// Files of a folder in the order of their names, hidden ones left out.
std::vector<fs::path> visible_files(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator it(folder.empty() ? fs::path(".") : folder, error);
  if (error)
    throw Error(ErrorCode::kInput, text("cannot read the folder ", folder.string(), ": ", error.message()));
  std::vector<fs::path> files;
  for (const auto& entry : it)
    if (!entry.is_directory() && !entry.path().filename().string().starts_with('.'))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<NumberedPicture> pictures_of_folder(const fs::path& folder) {
  std::vector<NumberedPicture> pictures;
  bool all_numbered = true;
  for (const fs::path& path : visible_files(folder)) {
    if (!has_picture_extension(path)) continue;
    const auto number = trailing_number(path.stem().string());
    all_numbered = all_numbered && number.has_value();
    pictures.push_back({number.value_or(0), path});
  }
  if (pictures.empty())
    throw Error(ErrorCode::kInput, text("the folder ", folder.string(), " has no pictures"),
                "expected png, jpg, tif, exr or dpx files");
  if (all_numbered) {
    sort_by_number(pictures);
  } else {
    for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i].number = static_cast<std::int64_t>(i);
  }
  return pictures;
}

/// The files there are; those that the pattern's own range names are listed even where they are missing.
std::vector<NumberedPicture> pictures_of_pattern(const SequencePattern& pattern, const fs::path& as_given) {
  std::vector<NumberedPicture> pictures;
  for (const fs::path& path : visible_files(pattern.folder)) {
    const auto number = pattern.number_in(path.filename().string());
    if (number && (!pattern.frames || pattern.frames->contains(*number))) pictures.push_back({*number, path});
  }
  if (pictures.empty())
    throw Error(ErrorCode::kInput, text("no picture matches ", as_given.string()),
                "check the folder, the name and the extension");
  sort_by_number(pictures);
  if (!pattern.frames) return pictures;
  constexpr std::int64_t kMostFrames = 10'000'000;
  if (pattern.frames->last() - pattern.frames->first() > kMostFrames)
    throw Error(ErrorCode::kUsage,
                text("the range in ", as_given.string(), " names more than ten million pictures"));
  std::vector<NumberedPicture> named;
  auto existing = pictures.begin();
  for (std::int64_t number = pattern.frames->first(); number <= pattern.frames->last(); ++number) {
    if (!pattern.frames->contains(number)) continue;
    const bool exists = existing != pictures.end() && existing->number == number;
    named.push_back(exists ? *existing++ : NumberedPicture{number, pattern.path_of(number)});
  }
  return named;
}

}  // namespace

std::optional<SequencePattern> SequencePattern::parse(const fs::path& path) {
  const std::string name = path.filename().string();
  const auto place = next_place(name);
  if (!place) return std::nullopt;
  SequencePattern pattern;
  pattern.folder = path.parent_path();
  pattern.before = name.substr(0, place->begin);
  pattern.after = name.substr(place->end);
  if (next_place(pattern.after))
    throw Error(ErrorCode::kUsage, text("'", name, "' has more than one place for the frame number"),
                "use one, such as plate.####.exr");
  pattern.pad = place->pad;
  if (!place->range.empty()) pattern.frames = FrameSet::parse(place->range);
  return pattern;
}

fs::path SequencePattern::path_of(std::int64_t number) const {
  std::string digits = std::to_string(number < 0 ? -number : number);
  if (digits.size() < static_cast<std::size_t>(pad))
    digits.insert(0, static_cast<std::size_t>(pad) - digits.size(), '0');
  return folder / (before + (number < 0 ? "-" : "") + digits + after);
}

std::optional<std::int64_t> SequencePattern::number_in(const std::string& file_name) const {
  if (file_name.size() <= before.size() + after.size()) return std::nullopt;
  if (!file_name.starts_with(before) || !file_name.ends_with(after)) return std::nullopt;
  return whole_number(
      std::string_view(file_name).substr(before.size(), file_name.size() - before.size() - after.size()));
}

bool has_picture_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kPictureExtensions.begin(), kPictureExtensions.end(), extension) !=
         kPictureExtensions.end();
}

std::vector<NumberedPicture> list_pictures(const fs::path& path) {
  if (fs::is_directory(path)) return pictures_of_folder(path);
  if (fs::exists(path)) return {{trailing_number(path.stem().string()).value_or(0), path}};
  const auto pattern = SequencePattern::parse(path);
  if (!pattern) throw Error(ErrorCode::kInput, text("there is no ", path.string()));
  return pictures_of_pattern(*pattern, path);
}

}  // namespace understudy::media
