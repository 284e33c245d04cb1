#include <algorithm>
#include <array>

#include "understudy/core/plain_text.h"
#include "understudy/provenance/delivery_report.h"

namespace understudy::provenance {
namespace {

/// No script, nothing from elsewhere: also said to the browser.
constexpr const char* kHead =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Where this file comes from</title>\n<style>\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#222}\n"
    "h1{font-size:1.4rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:0}\n"
    ".sub{color:#666;margin:0 0 1rem;overflow-wrap:anywhere}\n"
    ".verdict{padding:1rem 1.2rem;border-radius:.5rem;background:#eee;margin:0 0 1rem}\n"
    ".verdict b{font-size:1.3rem}\n"
    "section{border:1px solid #ddd;border-radius:.5rem;padding:.8rem 1.2rem;margin:0 0 1rem}\n"
    ".head{display:flex;gap:.8rem;align-items:center}.head p{margin:0;color:#444}\n"
    ".sign{flex:none;width:2rem;height:2rem;border-radius:1rem;background:#777;color:#fff;font-weight:bold;"
    "display:flex;align-items:center;justify-content:center}\n"
    ".sign.good{background:#2a7d2a}.sign.bad{background:#b3261e}\n"
    ".verdict.OK{background:#e3f2e3}\n"
    ".verdict.MODIFIED,.verdict.TRANSPLANTED,.verdict.MARKS-STRIPPED{background:#fbe4e2}\n"
    "ol{margin:.8rem 0 .2rem;padding-left:3.6rem}ul{margin:.8rem 0 .2rem;padding-left:3.6rem}\n"
    ".when{color:#666}details{margin:.6rem 0 0 2.8rem;font-size:.9rem}summary{color:#555;cursor:pointer}\n"
    "table{border-collapse:collapse;width:100%}td{border-top:1px solid #eee;padding:.25rem .6rem .25rem 0;"
    "vertical-align:top;overflow-wrap:anywhere}td:first-child{width:13rem;color:#555}\n"
    ".PROBLEM{color:#b3261e}@media print{section{break-inside:avoid}}\n</style></head><body>\n";

constexpr const char* kFoot =
    "<p class=\"sub\">Content credentials tell who signed and what they said, and that nothing was changed "
    "since. They do not tell whether it is true. Marks can be removed: a file without any is no evidence of "
    "authenticity. Of each consent the file names the record alone; who agreed stands in the records.</p>\n"
    "</body></html>\n";

enum class Sign { kGood, kOpen, kBad };

/// What a reader sees of a section before its details.
struct Headline {
  const char* title;
  Sign sign;
  const char* sentence;
};

Headline integrity_headline(Integrity integrity) {
  constexpr const char* kTitle = "Is it what was signed?";
  switch (integrity) {
    case Integrity::kIntact:
      return {kTitle, Sign::kGood, "Yes: nothing in the file was changed since."};
    case Integrity::kChanged:
      return {kTitle, Sign::kBad, "No: the file or its credentials were changed or damaged."};
    case Integrity::kUnreadable:
      return {kTitle, Sign::kOpen, "Its credentials are of a kind that is not read here."};
    case Integrity::kUnsigned:
      break;
  }
  return {kTitle, Sign::kOpen, "Nothing is signed: the file has no content credentials."};
}

Headline signer_headline(Voucher voucher) {
  constexpr const char* kTitle = "Who signed it?";
  switch (voucher) {
    case Voucher::kTrustedRoot:
      return {kTitle, Sign::kGood, "Somebody whom an authority that you trust vouches for."};
    case Voucher::kSelfIssued:
      return {kTitle, Sign::kOpen, "This very computer. Nobody else has checked who that is."};
    case Voucher::kUnknown:
      return {kTitle, Sign::kOpen, "Somebody whom no authority that you trust vouches for."};
    case Voucher::kNone:
      break;
  }
  return {kTitle, Sign::kOpen, "Nobody."};
}

Headline marking_headline(PictureMark watermark) {
  constexpr const char* kTitle = "What does it say of itself?";
  switch (watermark) {
    case PictureMark::kOfThis:
      return {kTitle, Sign::kGood, "The pictures carry the watermark of these very credentials."};
    case PictureMark::kOfPlate:
      return {kTitle, Sign::kGood, "The pictures carry the watermark that the plate had, as it says."};
    case PictureMark::kOfAnother:
      return {kTitle, Sign::kBad, "The pictures carry the watermark of other credentials than the file's."};
    case PictureMark::kNotFound:
      return {kTitle, Sign::kOpen, "No watermark was found in the pictures."};
    case PictureMark::kNotLookedFor:
      break;
  }
  return {kTitle, Sign::kOpen, "No watermark was looked for."};
}

Headline consent_headline(const std::vector<StatedConsent>& consents) {
  constexpr const char* kTitle = "Who agreed?";
  const auto is_bad = [](const StatedConsent& each) { return each.state.starts_with("consent_"); };
  const auto was_bad = [](const StatedConsent& each) { return each.when_signed.starts_with("consent_"); };
  const auto is_valid = [](const StatedConsent& each) { return each.state == "valid"; };
  if (consents.empty()) return {kTitle, Sign::kOpen, "The file names no consents."};
  if (std::ranges::any_of(consents, was_bad))
    return {kTitle, Sign::kBad, "A consent did not hold when the file was signed."};
  if (std::ranges::any_of(consents, is_bad)) return {kTitle, Sign::kBad, "A consent does not hold today."};
  if (std::ranges::all_of(consents, is_valid))
    return {kTitle, Sign::kGood, "Every consent that the file names is at hand, and holds today."};
  return {kTitle, Sign::kOpen, "The file names consents whose records were not given here."};
}

std::string sign_of(Sign sign) {
  const char* kind = sign == Sign::kGood ? "good" : sign == Sign::kBad ? "bad" : "open";
  const char* letter = sign == Sign::kGood ? "✓" : sign == Sign::kBad ? "✗" : "?";
  return text("<span class=\"sign ", kind, "\">", letter, "</span>");
}

/// What was done, in words; other people's actions keep their names.
std::string action_words(const c2pa::Action& action) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kWords = {
      {{"c2pa.created", "It was made."},
       {"c2pa.opened", "An existing picture or film was opened."},
       {"c2pa.edited", "It was edited."},
       {"c2pa.watermarked", "An invisible watermark was put into the pictures."},
       {"c2pa.addedText", "Words were burnt into the pictures."},
       {"c2pa.transcoded", "It was encoded."}}};
  std::string out = action.action;
  for (const auto& [name, words] : kWords)
    if (action.action == name) out = words;
  return action.description.empty() ? out : text(out, " ", action.description, ".");
}

/// "2026-11-26T15:00:00Z" -> "2026-11-26 15:00 UTC"; other texts as they are.
std::string moment(const std::string& when) {
  const bool is_known = when.size() == 20 && when[10] == 'T' && when.back() == 'Z';
  return is_known ? text(when.substr(0, 10), " ", when.substr(11, 5), " UTC") : when;
}

/// The name in the signer's certificate, which is as good as who vouches for it.
std::string signer_of(const DeliveryReport& report) {
  if (!report.credentials || report.credentials->manifests.empty()) return {};
  const auto& signer = report.credentials->manifests.back().signer;
  return signer ? text("<ul>\n<li>", html_text(signer->name), "</li>\n</ul>\n") : std::string();
}

std::string story_of(const DeliveryReport& report) {
  if (!report.credentials || report.credentials->manifests.empty()) return {};
  std::string out;
  for (const c2pa::Action& action : report.credentials->manifests.back().actions)
    out += text("<li>", html_text(action_words(action)), " <span class=\"when\">",
                html_text(moment(action.when)), action.software.empty() ? "" : ", with ",
                html_text(action.software), "</span></li>\n");
  return out.empty() ? out : text("<ol>\n", out, "</ol>\n");
}

/// In a few words; the reasons of refusals stand behind them.
std::string consents_of(const DeliveryReport& report) {
  std::string out;
  for (const StatedConsent& each : report.consents) {
    const bool is_bad = each.state.starts_with("consent_") || each.when_signed.starts_with("consent_");
    out += text("<li", is_bad ? " class=\"PROBLEM\"" : "", ">",
                each.consent.role == Role::kLikeness ? "The person whose face was put in"
                                                     : "The performer on the plate",
                each.consent.credit.empty() ? "" : ", ", html_text(each.consent.credit), ": ",
                html_text(each.state), "; when the file was signed: ", html_text(each.when_signed),
                each.valid_until.empty() ? "" : "; until ", html_text(each.valid_until),
                " <span class=\"when\">(", html_text(each.consent.basis), ", record ",
                html_text(each.consent.id), ")</span></li>\n");
  }
  return out.empty() ? out : text("<ul>\n", out, "</ul>\n");
}

std::string problems_of(const ReportSection& section) {
  std::string out;
  for (const auto& [name, value] : section.lines)
    if (name == "PROBLEM") out += text("<li class=\"PROBLEM\">", html_text(value), "</li>\n");
  return out.empty() ? out : text("<ul>\n", out, "</ul>\n");
}

std::string details_of(const ReportSection& section) {
  std::string rows;
  for (const auto& [name, value] : section.lines)
    if (!value.empty() && name != "PROBLEM")
      rows += text("<tr><td>", html_text(name), "</td><td>", html_text(value), "</td></tr>\n");
  return rows.empty() ? rows
                      : text("<details><summary>Details</summary>\n<table>\n", rows, "</table></details>\n");
}

}  // namespace

std::string delivery_page(const DeliveryReport& report) {
  const char* verdict = verdict_name(verdict_of(report.findings));
  const std::size_t slash = report.name.find_last_of('/');
  const std::string name = slash == std::string::npos ? report.name : report.name.substr(slash + 1);
  std::string out =
      text(kHead, "<h1>", html_text(name.empty() ? report.name : name), "</h1>\n<p class=\"sub\">checked on ",
           date_text(today_utc()), report.sha256.empty() ? "" : "; SHA-256 ", report.sha256,
           "</p>\n<p class=\"verdict ", verdict, "\"><b>", verdict, "</b><br>",
           html_text(verdict_sentence(report.findings)), "</p>\n");
  const std::array<Headline, 4> headlines = {
      integrity_headline(report.findings.integrity), signer_headline(report.findings.voucher),
      marking_headline(report.findings.watermark), consent_headline(report.consents)};
  const std::vector<ReportSection> sections = report_sections(report);
  for (std::size_t i = 0; i < headlines.size(); ++i) {
    const Headline& headline = headlines[i];
    out += text("<section>\n<div class=\"head\">", sign_of(headline.sign), "<div><h2>", headline.title,
                "</h2><p>", headline.sentence, "</p></div></div>\n", problems_of(sections[i]));
    if (sections[i].title == "signer") out += signer_of(report);
    if (sections[i].title == "marking") out += story_of(report);
    if (sections[i].title == "consent") out += consents_of(report);
    out += text(details_of(sections[i]), "</section>\n");
  }
  return out + kFoot;
}

}  // namespace understudy::provenance
