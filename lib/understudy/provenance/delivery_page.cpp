#include <array>

#include "understudy/provenance/delivery_report.h"
#include "understudy/provenance/plain_text.h"

namespace understudy::provenance {
namespace {

/// No script, nothing from elsewhere: also said to the browser.
constexpr const char* kHead =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Where this file comes from</title>\n<style>\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\n"
    "h1{font-size:1.3rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:1.6rem 0 .3rem}\n"
    ".verdict{padding:.8rem 1rem;border-left:.5rem solid #777;background:#f3f3f3}\n"
    ".OK{border-color:#2a7d2a}.MODIFIED,.TRANSPLANTED,.MARKS-STRIPPED{border-color:#b3261e}\n"
    "table{border-collapse:collapse;width:100%}td{border-top:1px solid #ddd;padding:.3rem .6rem .3rem 0;"
    "vertical-align:top;overflow-wrap:anywhere}td:first-child{width:14rem;color:#555}\n"
    ".PROBLEM td{color:#b3261e}\n</style></head><body>\n";

constexpr std::array<std::pair<const char*, const char*>, 4> kTitles = {
    {{"integrity", "Is it what was signed?"},
     {"signer", "Who signed it?"},
     {"marking", "What does it say of itself?"},
     {"consent", "Who agreed?"}}};

std::string title_of(const std::string& section) {
  for (const auto& [name, title] : kTitles)
    if (section == name) return title;
  return section;
}

std::string row(const std::string& name, const std::string& value) {
  return text("<tr", name == "PROBLEM" ? " class=\"PROBLEM\"" : "", "><td>", html_text(name), "</td><td>",
              html_text(value), "</td></tr>\n");
}

}  // namespace

std::string delivery_page(const DeliveryReport& report) {
  const char* verdict = verdict_name(verdict_of(report.findings));
  std::string out =
      text(kHead, "<h1>", html_text(report.name), "</h1>\n<p class=\"verdict ", verdict, "\"><b>", verdict,
           "</b><br>", html_text(verdict_sentence(report.findings)), "</p>\n");
  if (!report.sha256.empty()) out += text("<table>\n", row("SHA-256", report.sha256), "</table>\n");
  for (const ReportSection& section : report_sections(report)) {
    out += text("<h2>", html_text(title_of(section.title)), "</h2>\n<table>\n");
    for (const auto& [name, value] : section.lines)
      if (!value.empty()) out += row(name, value);
    out += "</table>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace understudy::provenance
