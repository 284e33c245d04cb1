#include "understudy/provenance/c2pa/assertions.h"

#include <algorithm>
#include <set>

#include "understudy/core/json.h"

namespace understudy::provenance::c2pa {
namespace {

class Checker {
 public:
  Checker(const ManifestStore& store, const Manifest& manifest, const Claim& claim, Findings& findings)
      : store_(store), manifest_(manifest), claim_(claim), findings_(findings) {}

  std::vector<Assertion> all() {
    for (const HashedUri& uri : claim_.created) check(uri, false);
    for (const HashedUri& uri : claim_.gathered) check(uri, true);
    for (const Superbox* box : manifest_.assertions)
      if (!listed_.contains(box))
        fail("assertion.undeclared", assertion_url(manifest_, box->label),
             "the claim does not list this assertion");
    for (const std::string& url : claim_.redacted)
      if (find_assertion(out_, store_, manifest_, url))
        fail("assertion.selfRedacted", url, "a manifest cannot redact its own assertions");
    return std::move(out_);
  }

 private:
  void fail(const char* code, const std::string& url, std::string why) {
    findings_.failure.push_back({code, url, std::move(why)});
  }

  bool is_own(const Superbox* box) const {
    return std::ranges::find(manifest_.assertions, box) != manifest_.assertions.end();
  }

  void check(const HashedUri& uri, bool gathered) {
    const Superbox* box = store_.resolve(uri.url, manifest_);
    if (!box) {
      if (!is_redacted(uri.url)) fail("assertion.missing", uri.url, "the assertion is not there");
      return;
    }
    if (!is_own(box))
      return fail("assertion.outsideManifest", uri.url, "it names no assertion of this manifest");
    if (!listed_.insert(box).second)
      return fail("claim.malformed", uri.url, "the claim lists the assertion twice");
    const std::string url = assertion_url(manifest_, box->label);
    compare(uri, *box, url);
    out_.push_back({std::string(without_instance(box->label)), url, box, gathered, content(*box, url)});
  }

  void compare(const HashedUri& uri, const Superbox& box, const std::string& url) {
    const std::optional<bool> same = holds(uri, box, claim_.alg);
    if (!same) return fail("algorithm.unsupported", url, "the hash of the assertion is of an unknown kind");
    if (!*same)
      return fail("assertion.hashedURI.mismatch", url, "the assertion was changed after it was signed");
    findings_.success.push_back({"assertion.hashedURI.match", url, "the assertion is as it was signed"});
  }

  /// Its CBOR; nothing for other kinds of content and for broken ones.
  std::optional<Cbor> content(const Superbox& box, const std::string& url) {
    if (box.type != "cbor" && box.type != "json") return std::nullopt;
    const bool is_cbor = box.type == "cbor";
    try {
      if (box.contents.size() != 1 || box.contents[0].type != box.type)
        throw Error(ErrorCode::kFormat, "one box of content was expected");
      if (is_cbor) return decode_cbor(box.contents[0].payload, "the assertion");
      parse_json(box.contents[0].payload, "the assertion");
    } catch (const Error& e) {
      fail(is_cbor ? "assertion.cbor.invalid" : "assertion.json.invalid", url, e.message());
    }
    return std::nullopt;
  }

  bool is_redacted(const std::string& url) const {
    const std::size_t at = url.rfind('/');
    return at != std::string::npos &&
           store_.redacted().contains(assertion_url(manifest_, url.substr(at + 1)));
  }

  const ManifestStore& store_;
  const Manifest& manifest_;
  const Claim& claim_;
  Findings& findings_;
  std::set<const Superbox*> listed_;
  std::vector<Assertion> out_;
};

}  // namespace

std::string assertion_url(const Manifest& manifest, std::string_view label) {
  return text("self#jumbf=/c2pa/", manifest.label, "/c2pa.assertions/", label);
}

std::vector<Assertion> check_assertions(const ManifestStore& store, const Manifest& manifest,
                                        const Claim& claim, Findings& findings) {
  return Checker(store, manifest, claim, findings).all();
}

const Assertion* find_assertion(const std::vector<Assertion>& assertions, const ManifestStore& store,
                                const Manifest& manifest, std::string_view url) {
  const Superbox* box = store.resolve(url, manifest);
  const auto found = std::ranges::find(assertions, box, &Assertion::box);
  return box && found != assertions.end() ? &*found : nullptr;
}

}  // namespace understudy::provenance::c2pa
