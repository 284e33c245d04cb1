#include "scenes.h"

#include <algorithm>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"
#include "understudy/core/json.h"
#include "understudy/core/text.h"
#include "understudy/media/source.h"

namespace fs = std::filesystem;

namespace understudy::faces {
namespace {

constexpr double kEyesInSides = 0.6;

cv::Mat read_picture(const fs::path& path, int mode) {
  cv::Mat out = cv::imread(path.string(), mode);
  if (out.empty()) throw Error(ErrorCode::kInput, text(path.string(), " is no readable picture"));
  return out;
}

struct SpritePlanes {
  cv::Mat colour, opacity, face;  // CV_8UC3, CV_32FC1 0 to 1, CV_8UC1 0 or 255
};

SpritePlanes planes_of(const cv::Mat& colour, const cv::Mat& map) {
  SpritePlanes out{colour, cv::Mat(map.size(), CV_32F), cv::Mat(map.size(), CV_8U)};
  for (int y = 0; y < map.rows; ++y) {
    for (int x = 0; x < map.cols; ++x) {
      const int value = map.at<uchar>(y, x), quarter = value % 64;
      out.opacity.at<float>(y, x) = quarter > 0 ? static_cast<float>(4 * quarter + 3) / 255 : 0;
      out.face.at<uchar>(y, x) = value / 64 == 1 ? 255 : 0;
    }
  }
  return out;
}

/// Turned by `turn_deg` around the landmarks' middle, which comes to `centre`.
face::Affine placed(const face::Landmarks& landmarks, double scale, double turn_deg, cv::Point2d centre) {
  const face::Box box = face::bounding_box(landmarks);
  const cv::Point2d middle = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
  const double a = turn_deg * CV_PI / 180, c = scale * std::cos(a), s = scale * std::sin(a);
  return {c, -s, centre.x - c * middle.x + s * middle.y, s, c, centre.y - s * middle.x - c * middle.y};
}

/// Shrunk without aliasing: the sprite is reduced by areas first.
void paste(SpritePlanes planes, face::Affine out_from_sprite, cv::Mat& picture, cv::Mat* mask) {
  const double scale = face::scale_of(out_from_sprite);
  if (scale < 0.6) {
    const double first = 1.0 / std::floor(1 / scale);
    for (cv::Mat* plane : {&planes.colour, &planes.opacity, &planes.face})
      cv::resize(*plane, *plane, {}, first, first, cv::INTER_AREA);
    const face::Affine sprite_from_reduced(1 / first, 0, 0.5 / first - 0.5, 0, 1 / first, 0.5 / first - 0.5);
    out_from_sprite = face::compose(out_from_sprite, sprite_from_reduced);
  }
  cv::Mat colour, opacity;
  const cv::Mat map(out_from_sprite);
  cv::warpAffine(planes.colour, colour, map, picture.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cv::warpAffine(planes.opacity, opacity, map, picture.size(), cv::INTER_LINEAR);
  for (int y = 0; y < picture.rows; ++y)
    for (int x = 0; x < picture.cols; ++x)
      if (const float share = opacity.at<float>(y, x); share > 0) {
        cv::Vec3b& under = picture.at<cv::Vec3b>(y, x);
        for (int k = 0; k < 3; ++k)
          under[k] = cv::saturate_cast<uchar>(under[k] + share * (colour.at<cv::Vec3b>(y, x)[k] - under[k]));
      }
  if (mask) {
    cv::warpAffine(planes.face, *mask, map, picture.size(), cv::INTER_LINEAR);
    *mask = (*mask > 127) & (opacity > 0.5);
  }
}

face::Pose turned_pose(const face::Pose& pose, double turn_deg) {
  const double yaw = pose.yaw_deg * CV_PI / 180, pitch = pose.pitch_deg * CV_PI / 180;
  const double roll = pose.roll_deg * CV_PI / 180, a = turn_deg * CV_PI / 180;
  const cv::Vec3d nose(std::sin(yaw) * std::cos(pitch), -std::sin(pitch), -std::cos(yaw) * std::cos(pitch));
  const cv::Vec3d level(std::cos(yaw), 0, std::sin(yaw));
  const cv::Vec3d right = level * std::cos(roll) + nose.cross(level) * std::sin(roll);
  const auto turn = [&](const cv::Vec3d& v) {
    return cv::Vec3d(std::cos(a) * v[0] - std::sin(a) * v[1], std::sin(a) * v[0] + std::cos(a) * v[1], v[2]);
  };
  const cv::Vec3d n = turn(nose), r = turn(right);
  const double yaw2 = std::atan2(n[0], -n[2]);
  const cv::Vec3d level2(std::cos(yaw2), 0, std::sin(yaw2));
  return {yaw2 * 180 / CV_PI, std::asin(std::clamp(-n[1], -1.0, 1.0)) * 180 / CV_PI,
          std::atan2(r.dot(n.cross(level2)), r.dot(level2)) * 180 / CV_PI};
}

double seen_share(const Json& visible) {
  constexpr std::size_t kAfterJaw = 17;
  double seen = 0;
  for (std::size_t i = kAfterJaw; i < visible.size(); ++i) seen += visible[i].get<double>();
  return seen / static_cast<double>(visible.size() - kAfterJaw);
}

/// As a camera would give it: a little blur, noise and light.
void photograph(cv::Mat& picture, cv::RNG& random) {
  cv::GaussianBlur(picture, picture, {}, random.uniform(0.3, 0.8));
  cv::Mat noise(picture.size(), CV_16SC3), sum;
  random.fill(noise, cv::RNG::NORMAL, 0, random.uniform(1.0, 5.0));
  picture.convertTo(sum, CV_16S, random.uniform(0.75, 1.15));
  cv::Mat(sum + noise).convertTo(picture, CV_8U);
}

}  // namespace

TestSet::TestSet(const fs::path& folder) {
  std::ifstream truth(folder / "truth.jsonl");
  for (std::string line; std::getline(truth, line);) {
    const Json record = parse_json(line, (folder / "truth.jsonl").string());
    const fs::path stem = folder / "sprites" / record["sprite"].get<std::string>();
    Sprite sprite{
        stem.string() + ".jpg",       stem.string() + ".png", {}, {}, record["identity"].get<std::string>(),
        seen_share(record["visible"])};
    for (std::size_t i = 0; i < sprite.landmarks.size(); ++i)
      sprite.landmarks[i] = {record["landmarks68"][i][0].get<float>(),
                             record["landmarks68"][i][1].get<float>()};
    sprite.pose = {record["yaw_deg"].get<double>(), record["pitch_deg"].get<double>(),
                   record["roll_deg"].get<double>()};
    sprites_.push_back(sprite);
  }
  if (fs::is_directory(folder / "backgrounds"))
    for (const auto& entry : fs::directory_iterator(folder / "backgrounds"))
      backgrounds_.push_back(entry.path());
  std::ranges::sort(backgrounds_);
  if (sprites_.empty() || backgrounds_.empty())
    throw Error(ErrorCode::kInput, text(folder.string(), " holds no rendered set"),
                "see docs/face-models.md");
}

FaceScene TestSet::face(std::size_t n) const {
  cv::RNG random(n + 1);
  const Sprite& sprite = sprites_[n];
  const cv::Mat background = read_picture(backgrounds_[n % backgrounds_.size()], cv::IMREAD_COLOR);
  FaceScene out;
  out.picture = background.clone();
  const double scale =
      std::exp(random.uniform(std::log(60.0), std::log(200.0))) / square_side(sprite.landmarks);
  const double turn = random.uniform(-20.0, 20.0);
  const cv::Point2d centre(random.uniform(180.0, background.cols - 180.0),
                           random.uniform(120.0, background.rows - 120.0));
  const face::Affine map = placed(sprite.landmarks, scale, turn, centre);
  paste(planes_of(read_picture(sprite.picture, cv::IMREAD_COLOR),
                  read_picture(sprite.map, cv::IMREAD_GRAYSCALE)),
        map, out.picture, &out.mask);
  photograph(out.picture, random);
  out.landmarks = face::transform(map, sprite.landmarks);
  out.pose = turned_pose(sprite.pose, turn);
  out.person = sprite.person;
  return out;
}

CrowdScene TestSet::crowd(std::size_t n) const {
  cv::RNG random(100000 + n);
  CrowdScene out;
  cv::resize(read_picture(backgrounds_[n % backgrounds_.size()], cv::IMREAD_COLOR), out.picture, {640, 360});
  std::vector<cv::Rect> taken;
  for (int i = 0; i < 4; ++i) {
    const Sprite& sprite =
        sprites_[static_cast<std::size_t>(random.uniform(0, static_cast<int>(sprites_.size())))];
    const double side = std::exp(random.uniform(std::log(12.0), std::log(200.0)));
    const int room = cvCeil(1.3 * side);
    if (2 * room >= out.picture.rows) continue;
    const cv::Point centre(random.uniform(room, 640 - room), random.uniform(room, 360 - room));
    const double turn = random.uniform(-20.0, 20.0);
    const cv::Rect place(centre.x - room, centre.y - room, 2 * room, 2 * room);
    if (std::any_of(taken.begin(), taken.end(),
                    [&](const cv::Rect& other) { return (other & place).area() > 0; }))
      continue;
    taken.push_back(place);
    const face::Affine map = placed(sprite.landmarks, side / square_side(sprite.landmarks), turn, centre);
    paste(planes_of(read_picture(sprite.picture, cv::IMREAD_COLOR),
                    read_picture(sprite.map, cv::IMREAD_GRAYSCALE)),
          map, out.picture, nullptr);
    out.faces.push_back({face::transform(map, sprite.landmarks), side, sprite.pose.yaw_deg, sprite.seen});
  }
  photograph(out.picture, random);
  return out;
}

void for_each_frame(const fs::path& folder, const std::string& clip,
                    const std::function<void(const cv::Mat&, const face::Landmarks&)>& look) {
  const auto source = media::open_source(folder / (clip + ".mp4"), 1);
  std::ifstream truth(folder / (clip + ".truth.jsonl"));
  for (std::string line; std::getline(truth, line);) {
    const auto frame = source->next();
    if (!frame) return;
    const Json points = parse_json(line, clip)["landmarks68"];
    face::Landmarks landmarks;
    for (std::size_t i = 0; i < landmarks.size(); ++i)
      landmarks[i] = {points[i][0].get<float>(), points[i][1].get<float>()};
    look(frame->picture.bgr8(), landmarks);
  }
}

face::Box missed_box(const face::Landmarks& truth, std::size_t n) {
  cv::RNG random(7 + n);
  face::Box box = usual_box(truth);
  const float side = box.width;
  box.x += side * random.uniform(-0.08f, 0.08f);
  box.y += side * random.uniform(-0.08f, 0.08f);
  return box;
}

double square_side(const face::Landmarks& landmarks) {
  const face::Box box = face::bounding_box(landmarks);
  return std::max(box.width, box.height);
}

face::Box usual_box(const face::Landmarks& landmarks) {
  const face::Box box = face::bounding_box(landmarks);
  const auto side = static_cast<float>(square_side(landmarks)), usual = 1.12f * side;
  const cv::Point2f middle = (box.tl() + box.br()) / 2;
  return {middle.x - usual / 2, middle.y - 0.04f * side - usual / 2, usual, usual};
}

double eye_distance(const face::Landmarks& landmarks) {
  return kEyesInSides * square_side(landmarks);
}

}  // namespace understudy::faces
