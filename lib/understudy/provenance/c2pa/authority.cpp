#include <openssl/rand.h>

#include <array>
#include <cstdlib>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"
#include "understudy/provenance/c2pa/signer.h"

namespace fs = std::filesystem;

namespace understudy::provenance::c2pa {
namespace {

constexpr const char* kOrganisation = "Understudy (self-issued, nobody has checked who signs)";
constexpr std::chrono::days kLifetime{3652};  // ten years
constexpr const char* kKey = "signer.key";
constexpr const char* kChain = "signer.pem";

/// Tells one local authority from another, without naming the machine or its user.
std::string random_mark() {
  std::array<unsigned char, 4> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  std::string out;
  for (const unsigned char byte : bytes) out += text(std::hex, byte >> 4, byte & 15);
  return out;
}

void write_authority(const fs::path& folder, Seconds time) {
  const std::string mark = random_mark();
  const Seconds from = time - std::chrono::hours(24);  // clocks differ
  const Key root_key = Key::generate("es256"), key = Key::generate("es256");
  const Certificate root =
      make_root({kOrganisation, "Self-issued authority " + mark, from, time + kLifetime}, root_key);
  const Certificate leaf =
      make_leaf({kOrganisation, "Self-issued signer " + mark, from, time + kLifetime}, key, root, root_key);
  write_unpublished(folder / kKey, key.private_pem());
  fs::permissions(folder / kKey, fs::perms::owner_read | fs::perms::owner_write);
  write_unpublished(folder / kChain, leaf.pem());
  write_unpublished(authority_root(folder), root.pem());
}

void make_authority(const fs::path& folder, Seconds time) {
  make_folder(folder.parent_path());
  AtomicFolder made(folder);
  fs::permissions(made.temporary(), fs::perms::owner_all);  // before a key is in it
  write_authority(made.temporary(), time);
  made.publish();  // somebody else's is as good
}

}  // namespace

Signer local_signer(const fs::path& folder, Seconds time) {
  const fs::path absolute = fs::absolute(folder);
  std::error_code ignored;
  if (!fs::exists(absolute / kKey, ignored)) make_authority(absolute, time);
  Signer out = read_signer(absolute / kKey, absolute / kChain, time);
  out.self_issued = true;
  return out;
}

fs::path authority_root(const fs::path& folder) {
  return folder / "root.pem";
}

fs::path data_home() {
  for (const auto& [variable, below] : {std::pair{"XDG_DATA_HOME", ""}, {"HOME", ".local/share"}}) {
    const char* value = std::getenv(variable);
    if (value && *value) return fs::path(value) / below / "understudy";
  }
  throw Error(ErrorCode::kUsage,
              "neither XDG_DATA_HOME nor HOME is set, so there is no place for a local authority",
              "set one of them, or say where with the options for it");
}

}  // namespace understudy::provenance::c2pa
