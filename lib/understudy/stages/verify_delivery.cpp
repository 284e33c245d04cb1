#include "understudy/stages/verify_delivery.h"

#include <algorithm>

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/core/sha256.h"
#include "understudy/media/metadata.h"
#include "understudy/provenance/c2pa/sign.h"
#include "understudy/provenance/c2pa/signer.h"
#include "understudy/provenance/c2pa/validator.h"
#include "understudy/provenance/consent_signature.h"
#include "understudy/provenance/watermark/payload.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/registry.h"
#include "understudy/stages/trusted_roots.h"
#include "understudy/stages/watermark.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

namespace c2pa = provenance::c2pa;

/// The ids of the marks in the pictures. More than one is looked for only where the first belongs to others.
std::vector<std::uint64_t> ids_in_pictures(const fs::path& path,
                                           const std::optional<c2pa::Validation>& credentials) {
  const RecoverOptions options{.threads = effective_threads(0)};
  const auto first = recover_watermark(path, options);
  if (!first) return {};
  std::vector<std::uint64_t> out{first->id};
  if (provenance::compare_watermark(credentials, first->id) != provenance::PictureMark::kOfAnother)
    return out;
  for (const auto& each : recover_watermarks(path, options))
    if (each.id != first->id) out.push_back(each.id);
  return out;
}

/// What the pictures say. Whatever cannot be seen as pictures says nothing.
void read_watermark(const fs::path& path, const fs::path& registry, provenance::DeliveryReport& report) {
  std::vector<std::uint64_t> ids;
  try {
    ids = ids_in_pictures(path, report.credentials);
  } catch (const Error& e) {
    log_debug(text("no watermark was looked for: ", e.message()));
    return;
  }
  report.findings.watermark = provenance::PictureMark::kNotFound;
  if (ids.empty()) return;
  const auto mark_of = [&](std::uint64_t id) {
    return provenance::compare_watermark(report.credentials, id);
  };
  std::ranges::stable_sort(ids, {}, mark_of);
  report.findings.watermark = mark_of(ids.front());
  const fs::path folder = !registry.empty() || own_home().empty() ? registry : own_home() / "registry";
  for (const std::uint64_t id : ids) {
    report.watermark_ids.push_back(provenance::watermark_id_text(id));
    for (const fs::path& copy : registry_copies(folder, report.watermark_ids.back()))
      report.registry_copies.push_back(copy.string());
  }
}

/// The signed list of a sequence's pictures that lies in `folder`; empty when there is none. Throws Error
/// kUsage when there are several.
fs::path signed_list_in(const fs::path& folder) {
  fs::path out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool is_list = name == "digests.json" || name.ends_with(".digests.json");
    if (!is_list || !fs::exists(c2pa::sidecar_of(entry.path()))) continue;
    if (!out.empty())
      throw Error(ErrorCode::kUsage, text(folder.string(), " holds the pictures of several deliveries"),
                  text("name one of its lists: ", out.string(), ", ", entry.path().string()));
    out = entry.path();
  }
  return out;
}

/// The list of a merge that did not come to its end, in a folder or that itself.
bool is_unfinished(const fs::path& path) {
  std::vector<fs::path> lists;
  if (fs::is_directory(path))
    for (const auto& entry : fs::directory_iterator(path)) lists.push_back(entry.path());
  else
    lists.push_back(path);
  return std::ranges::any_of(lists, [](const fs::path& list) {
    return list.filename().string().ends_with("digests.json") && is_unfinished_list(list);
  });
}

/// Compares every picture of a signed list with the one beside it.
void check_pictures(const fs::path& list, c2pa::Validation& validation) {
  const auto fail = [&](const std::string& why) {
    validation.findings.failure.push_back({"general.error", "", why});
    validation.state = c2pa::State::kInvalid;
  };
  try {
    for (const auto& picture : digests_from_json(read_json_file(list), list.string()).pictures) {
      const fs::path path = list.parent_path() / picture.file;
      if (fs::path(picture.file).filename() != picture.file || !fs::is_regular_file(path))
        fail(text("the picture ", picture.file, " is missing"));
      else if (sha256_file(path) != picture.sha256)
        fail(text("the picture ", picture.file, " was changed after it was signed"));
    }
  } catch (const Error& e) {
    fail(e.message());
  }
}

/// Validates a file, or the list of a folder's pictures and the pictures.
std::optional<c2pa::Validation> validated(const fs::path& path, const std::vector<c2pa::Certificate>& roots) {
  const fs::path file = fs::is_directory(path) ? signed_list_in(path) : path;
  if (file.empty() || !fs::is_regular_file(file)) return std::nullopt;
  auto out = c2pa::validate_file(file, {roots, c2pa::now_utc()});
  if (out && file.filename().string().ends_with("digests.json")) check_pictures(file, *out);
  return out;
}

std::string signature_words(const fs::path& record, const provenance::ConsentFile& file,
                            const TrustedRoots& roots) {
  return provenance::signature_text(
      file.signature, provenance::signature_voucher(record, roots.given, roots.own, c2pa::now_utc()));
}

/// The plain marking; what is wrong with it is noted, unless the file is known by its credentials alone.
void read_marking(const fs::path& path, provenance::DeliveryReport& report) {
  try {
    report.marking = provenance::find_marking(media::read_metadata(path));
  } catch (const Error& e) {
    if (!report.credentials) throw;
    report.marking_trouble = e.message();
  }
}

}  // namespace

provenance::DeliveryReport inspect_delivery(const fs::path& path, const DeliveryRules& rules, Report& run) {
  provenance::DeliveryReport report;
  report.name = path.string();
  const TrustedRoots roots = read_trusted_roots(rules.trust);
  if (fs::is_regular_file(path)) report.sha256 = sha256_file(path);
  report.credentials = validated(path, roots.given);
  // Reads the file once more, which only who is not trusted needs.
  const bool ask_own =
      report.credentials && report.credentials->state != c2pa::State::kTrusted && !roots.own.empty();
  const auto by_local = ask_own ? validated(path, roots.own) : std::nullopt;
  read_marking(path, report);
  if (!report.credentials && is_unfinished(path))
    report.unsigned_because =
        "the merge that wrote these pictures was stopped before its end, or is still at work: run it again";
  report.findings = provenance::delivery_findings(report.credentials, by_local);
  read_watermark(path, rules.registry, report);
  report.consents = provenance::stated_consents(report.credentials, report.marking);
  std::vector<provenance::ConsentFile> records;
  for (const fs::path& record : rules.records) {
    records.push_back(provenance::read_consent(record));
    report.record_signatures[records.back().consent.id] = signature_words(record, records.back(), roots);
  }
  const ConsentGate gate({.revocations = rules.revocations}, run);
  provenance::compare_records(report.consents, records,
                              {provenance::today_utc(), provenance::day_signed(report.credentials)},
                              gate.revocations());
  return report;
}

}  // namespace understudy::stages
