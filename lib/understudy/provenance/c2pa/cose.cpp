#include "understudy/provenance/c2pa/cose.h"

#include <algorithm>

namespace understudy::provenance::c2pa {
namespace {

constexpr int kAlgorithmLabel = 1, kCriticalLabel = 2, kChainLabel = 33;
constexpr std::uint64_t kSign1Tag = 18;

std::string protected_header(const Algorithm& algorithm, std::span<const Certificate> chain) {
  Cbor header;
  header.set(kAlgorithmLabel, algorithm.cose);
  if (chain.size() == 1) header.set(kChainLabel, Cbor::bytes(chain.front().der()));
  if (chain.size() > 1) {
    Cbor::Array all;
    for (const Certificate& each : chain) all.push_back(Cbor::bytes(each.der()));
    header.set(kChainLabel, std::move(all));
  }
  return encode_cbor(header);
}

std::string signed_bytes(std::string_view header, std::string_view payload) {
  return encode_cbor(Cbor::Array{"Signature1", Cbor::bytes(header), Cbor::bytes(""), Cbor::bytes(payload)});
}

/// A token and as many zeros as fill the room that every signature with a time-stamp has.
Cbor stamped(const std::string& token) {
  constexpr std::size_t kRoom = 16384, kLeastZeros = 256;  // a string of fewer has a shorter head
  const Cbor tokens = Cbor::Array{Cbor::Map{{"val", Cbor::bytes(token)}}};
  const auto with_zeros = [&](std::size_t zeros) {
    return Cbor(Cbor::Map{{"sigTst2", Cbor::Map{{"tstTokens", tokens}}},
                          {"pad", Cbor::bytes(std::string(zeros, '\0'))}});
  };
  const std::size_t least = encode_cbor(with_zeros(kLeastZeros)).size();
  if (least > kRoom)
    throw Error(ErrorCode::kResource,
                text("a time-stamp of ", token.size(), " bytes has no room in a signature"),
                "ask another time-stamp authority");
  return with_zeros(kLeastZeros + kRoom - least);
}

[[noreturn]] void refuse(std::string_view where, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, " is no signature that C2PA allows: ", why));
}

std::string algorithm_in(const Cbor& header, std::string_view where) {
  const Cbor* number = header.find(kAlgorithmLabel);
  for (const auto& entry : algorithms())
    if (number && *number == Cbor(entry.value.cose)) return entry.name;
  refuse(where, "its algorithm is missing or unknown");
}

std::vector<Certificate> chain_in(const Cbor& header, std::string_view where) {
  const Cbor* found = header.find(kChainLabel);
  if (!found) return {};
  const Cbor::Array one{*found};
  const Cbor::Array& all = found->as<Cbor::Array>() ? *found->as<Cbor::Array>() : one;
  std::vector<Certificate> out;
  for (const Cbor& each : all) {
    const auto* der = each.as<Cbor::Bytes>();
    if (!der) refuse(where, "a certificate that is no byte string");
    out.push_back(Certificate::parse_der(der->value, text("a certificate of ", where)));
  }
  return out;
}

}  // namespace

std::string stamped_message(std::string_view protected_header, std::string_view signature) {
  return encode_cbor(Cbor::Array{"CounterSignature", Cbor::bytes(protected_header), Cbor::bytes(""),
                                 Cbor::bytes(encode_cbor(Cbor::bytes(signature)))});
}

std::vector<std::string> time_stamps_in(const CoseSign1& cose, std::string_view where) {
  const Cbor* found = cose.unprotected.find("sigTst2");
  const Cbor* tokens = found ? found->find("tstTokens") : nullptr;
  const auto* all = tokens ? tokens->as<Cbor::Array>() : nullptr;
  if (found && !all) refuse(where, "a time-stamp without tokens");
  std::vector<std::string> out;
  for (const Cbor& each : all ? *all : Cbor::Array{}) {
    const Cbor* value = each.find("val");
    const auto* der = value ? value->as<Cbor::Bytes>() : nullptr;
    if (!der) refuse(where, "a time-stamp that is no byte string");
    out.push_back(der->value);
  }
  return out;
}

std::string sign_cose(const Key& key, std::span<const Certificate> chain, std::string_view payload,
                      const TimeStamper& stamper) {
  const Algorithm& algorithm = algorithms().at(algorithm_of(key, "the signing key"));
  const std::string header = protected_header(algorithm, chain);
  const std::string signature = sign(key, algorithm, signed_bytes(header, payload));
  const Cbor unprotected = stamper ? stamped(stamper(stamped_message(header, signature))) : Cbor(Cbor::Map{});
  return encode_cbor(Cbor::tagged(
      kSign1Tag, Cbor::Array{Cbor::bytes(header), unprotected, nullptr, Cbor::bytes(signature)}));
}

CoseSign1 parse_cose(std::string_view bytes, std::string_view where) {
  const Cbor item = decode_cbor(bytes, where);
  const auto* tagged = item.as<Cbor::Tagged>();
  if (tagged && tagged->tag != kSign1Tag) refuse(where, text("its tag is ", tagged->tag, ", not 18"));
  const auto* parts = (tagged ? tagged->content.front() : item).as<Cbor::Array>();
  if (!parts || parts->size() != 4) refuse(where, "it is no array of four");
  const auto* header = (*parts)[0].as<Cbor::Bytes>();
  const auto* signature = (*parts)[3].as<Cbor::Bytes>();
  if (!header || !(*parts)[1].as<Cbor::Map>() || !signature) refuse(where, "its parts are of wrong types");
  if (!(*parts)[2].as<std::nullptr_t>()) refuse(where, "it has a payload of its own");
  const Cbor fields = decode_cbor(header->value, text("the protected header of ", where));
  if (fields.find(kCriticalLabel)) refuse(where, "it has critical headers");
  return {header->value, algorithm_in(fields, where), chain_in(fields, where), (*parts)[1], signature->value};
}

bool cose_verifies(const CoseSign1& cose, const Key& key, std::string_view payload) {
  return verifies(key, algorithms().at(cose.algorithm), signed_bytes(cose.protected_header, payload),
                  cose.signature);
}

}  // namespace understudy::provenance::c2pa
