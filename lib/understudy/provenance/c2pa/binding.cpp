#include "understudy/provenance/c2pa/binding.h"

#include <algorithm>
#include <array>

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kBmff = "c2pa.hash.bmff.v3", kOldBmff = "c2pa.hash.bmff.v2";
constexpr std::string_view kData = "c2pa.hash.data";
constexpr std::string_view kWhere = "the hard binding";

/// A binding of a kind that is not read here.
struct Unsupported {
  std::string why;
};

const Cbor* present(const Cbor& item, std::string_view key) {
  const Cbor* found = item.find(key);
  return found && !found->as<std::nullptr_t>() ? found : nullptr;
}

std::uint64_t natural(const Cbor& item, std::string_view key) {
  const std::int64_t value = cbor_field<std::int64_t>(item, key, kWhere);
  if (value < 0) throw Error(ErrorCode::kFormat, text(kWhere, ": '", key, "' is negative"));
  return static_cast<std::uint64_t>(value);
}

BmffExclusion bmff_exclusion(const Cbor& item) {
  BmffExclusion out{cbor_field<std::string>(item, "xpath", kWhere)};
  for (const char* field : {"length", "version", "flags", "exact", "subset"})
    if (present(item, field)) throw Unsupported{text("an exclusion with '", field, "' is not read here")};
  if (!present(item, "data")) return out;
  for (const Cbor& each : cbor_field<Cbor::Array>(item, "data", kWhere))
    out.data.push_back({natural(each, "offset"), cbor_field<Cbor::Bytes>(each, "value", kWhere).value});
  return out;
}

bool is_same(const BmffExclusion& a, const BmffExclusion& b) {
  return a.xpath == b.xpath && std::ranges::equal(a.data, b.data, [](const auto& x, const auto& y) {
           return x.offset == y.offset && x.value == y.value;
         });
}

class Binding {
 public:
  Binding(const Assertion& binding, const BoundFile& file, std::string_view alg, Findings& findings)
      : binding_(binding), file_(file), alg_(alg), findings_(findings) {}

  void check() {
    const bool is_bmff = binding_.label == kBmff || binding_.label == kOldBmff;
    name_ = is_bmff ? "assertion.bmffHash" : "assertion.dataHash";
    if (!binding_.cbor) return;  // already said
    try {
      if (!is_bmff && binding_.label != kData)
        throw Unsupported{text("a binding of the kind ", binding_.label, " is not read here")};
      const std::string& stored = cbor_field<Cbor::Bytes>(*binding_.cbor, "hash", kWhere).value;
      const std::string found = is_bmff ? bmff() : data();
      if (stored == found)
        findings_.success.push_back({name_ + ".match", binding_.url, "the file is as it was signed"});
      else
        fail(".mismatch", "the file was changed after it was signed");
    } catch (const Unsupported& e) {
      findings_.failure.push_back({"algorithm.unsupported", binding_.url, e.why});
    } catch (const Error& e) {
      fail(".malformed", e.message());
    }
  }

 private:
  void fail(const char* what, std::string why) {
    findings_.failure.push_back({name_ + what, binding_.url, std::move(why)});
  }

  std::string algorithm() const {
    const std::string own = optional_text(*binding_.cbor, "alg", kWhere);
    const std::string out = own.empty() ? std::string(alg_) : own;
    if (out != "sha256" && out != "sha384" && out != "sha512")
      throw Unsupported{text("the hash '", out, "' is not read here")};
    return out;
  }

  std::string bmff() {
    if (present(*binding_.cbor, "merkle")) throw Unsupported{"Merkle trees are not read here"};
    std::vector<BmffExclusion> exclusions;
    for (const Cbor& item : cbor_field<Cbor::Array>(*binding_.cbor, "exclusions", kWhere))
      exclusions.push_back(bmff_exclusion(item));
    const auto has = [&](const BmffExclusion& wanted) {
      return std::ranges::any_of(exclusions, [&](const auto& each) { return is_same(each, wanted); });
    };
    const auto& mandatory = mandatory_exclusions();
    if (binding_.label == kBmff && !std::ranges::all_of(mandatory, has))
      throw Error(ErrorCode::kFormat, "a mandatory exclusion is missing");
    if (exclusions.size() > mandatory.size())
      findings_.informational.push_back(
          {"assertion.bmffHash.additionalExclusionsPresent", binding_.url,
           "boxes are left out that need not be: what is in them is not protected"});
    return bmff_hash(file_.bytes, exclusions, algorithm(), "the file");
  }

  std::string data() const {
    std::vector<Range> exclusions;
    if (present(*binding_.cbor, "exclusions"))
      for (const Cbor& item : cbor_field<Cbor::Array>(*binding_.cbor, "exclusions", kWhere))
        exclusions.push_back({natural(item, "start"), natural(item, "length")});
    std::vector<Range> own;
    if (file_.place) own.push_back(*file_.place);
    if (exclusions != own)
      throw Error(ErrorCode::kFormat, "what it leaves out is not exactly the manifest's own place");
    return data_hash(file_.bytes, exclusions, algorithm(), "the file");
  }

  const Assertion& binding_;
  const BoundFile& file_;
  std::string_view alg_;
  Findings& findings_;
  std::string name_;
};

}  // namespace

std::vector<const Assertion*> hard_bindings(const std::vector<Assertion>& assertions) {
  constexpr std::array kKinds = {kBmff,
                                 kOldBmff,
                                 kData,
                                 std::string_view("c2pa.hash.bmff"),
                                 std::string_view("c2pa.hash.boxes"),
                                 std::string_view("c2pa.hash.collection.data")};
  std::vector<const Assertion*> out;
  for (const Assertion& each : assertions)
    if (std::ranges::find(kKinds, each.label) != kKinds.end()) out.push_back(&each);
  return out;
}

void check_binding(const Assertion& binding, const BoundFile& file, std::string_view alg,
                   Findings& findings) {
  Binding(binding, file, alg, findings).check();
}

}  // namespace understudy::provenance::c2pa
