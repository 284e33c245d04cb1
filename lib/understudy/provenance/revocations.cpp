#include "understudy/provenance/revocations.h"

#include "understudy/core/files.h"
#include "understudy/core/sha256.h"
#include "understudy/provenance/consent_rules.h"

namespace understudy::provenance {
namespace {

constexpr std::string_view kFormat = "understudy-revocations";
constexpr int kVersion = 1;
constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;

Json entry_json(const ListedRevocation& entry, const std::string& previous) {
  Json json;
  json["record"] = entry.record;
  json["date"] = entry.revocation.date ? Json(date_text(*entry.revocation.date)) : Json(nullptr);
  json["reason"] = entry.revocation.reason;
  json["previous"] = previous;
  return json;
}

/// Each entry as it stands in the file.
std::vector<Json> chained(const std::vector<ListedRevocation>& entries) {
  std::vector<Json> out;
  std::string previous;
  for (const ListedRevocation& entry : entries) {
    out.push_back(entry_json(entry, previous));
    previous = sha256(json_text(out.back()));
  }
  return out;
}

void require_entry(const ListedRevocation& entry, std::string_view where) {
  ConsentTerms like;
  like.id = entry.record;
  like.subject = "a subject";
  like.revoked = entry.revocation;
  require_valid(like, where);
}

ListedRevocation entry_from(const Json& json, std::string_view where) {
  ListedRevocation entry;
  entry.record = json_field<std::string>(json, "record", where);
  entry.revocation.reason = json_field<std::string>(json, "reason", where);
  if (!json_field<Json>(json, "date", where).is_null())
    entry.revocation.date = require_date(json_field<std::string>(json, "date", where), "date", where);
  require_entry(entry, where);
  return entry;
}

}  // namespace

Revocations Revocations::parse(std::string_view content, std::string_view where) {
  if (content.size() > kMaxBytes)
    throw Error(ErrorCode::kFormat,
                text(where, " has ", content.size(), " bytes, expected at most ", kMaxBytes));
  const Json json = parse_json(content, where);
  if (json_field<std::string>(json, "format", where) != kFormat)
    throw Error(ErrorCode::kFormat, text(where, ": the format is not '", kFormat, "'"),
                "give a list that understudy-consent revoke wrote");
  if (const auto version = json_field<std::int64_t>(json, "version", where); version != kVersion)
    throw Error(ErrorCode::kFormat,
                text(where, ": the format version is ", version, ", this program reads version ", kVersion),
                "update Understudy to read it");
  Revocations out;
  out.written_ = require_date(json_field<std::string>(json, "written", where), "written", where);
  std::string previous;
  for (const Json& entry : json_field<std::vector<Json>>(json, "entries", where)) {
    out.entries_.push_back(entry_from(entry, where));
    if (json_field<std::string>(entry, "previous", where) != previous)
      throw Error(ErrorCode::kFormat,
                  text(where, ": entry ", out.entries_.size(),
                       " does not follow the one before it: the list was changed, it may only grow"),
                  "get the list anew from whoever keeps it");
    previous = sha256(json_text(entry_json(out.entries_.back(), previous)));
  }
  return out;
}

Revocations Revocations::read(const std::filesystem::path& path) {
  return parse(read_file(path), path.string());
}

void Revocations::add(const ListedRevocation& entry, Date today) {
  require_entry(entry, "the revocation");
  entries_.push_back(entry);
  written_ = today;
}

std::string Revocations::json() const {
  Json json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["written"] = date_text(written_.value());
  json["entries"] = chained(entries_);
  return json_text(json, 2) + "\n";
}

std::vector<Revocation> Revocations::of(std::string_view record) const {
  std::vector<Revocation> out;
  for (const ListedRevocation& entry : entries_)
    if (entry.record == record) out.push_back(entry.revocation);
  return out;
}

std::string Revocations::head() const {
  return entries_.empty() ? std::string() : sha256(json_text(chained(entries_).back()));
}

}  // namespace understudy::provenance
