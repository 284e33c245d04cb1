#include "understudy/provenance/c2pa/signer.h"

#include <sys/stat.h>

#include <cstdlib>
#include <thread>

#include "unit/provenance/c2pa/signers.h"

namespace understudy::provenance::c2pa {
namespace {

namespace fs = std::filesystem;

class SignerFiles : public TemporaryFolder {
 protected:
  /// The sentence with which a signer is refused.
  Caught refusal(const std::string& key, const std::string& chain, Seconds time = kNoon) {
    write("key.pem", key);
    write("chain.pem", chain);
    return caught([&] { read_signer(folder_ / "key.pem", folder_ / "chain.pem", time); });
  }
  fs::path openssl(const std::string& name, const std::string& arguments) {
    const fs::path path = folder_ / name;
    EXPECT_EQ(std::system(text("openssl ", arguments, " -out ", path.string(), " 2>/dev/null").c_str()), 0);
    return path;
  }
  TestAuthority authority_;
};

TEST_F(SignerFiles, AreReadWithoutTheRoot) {
  for (const char* algorithm : {"es256", "ps256", "ed25519"}) {
    const Key key = Key::generate(algorithm);
    write("key.pem", key.private_pem());
    write("chain.pem", authority_.leaf(key).pem() + authority_.root.pem());
    const Signer signer = read_signer(folder_ / "key.pem", folder_ / "chain.pem", kNoon);
    EXPECT_TRUE(signer.key.same_public(key));
    ASSERT_EQ(signer.chain.size(), 1u);
    EXPECT_EQ(signer.chain[0].subject(), "Test signer");
    EXPECT_FALSE(signer.self_issued);
    EXPECT_TRUE(chain_leads_to(signer.chain, std::vector{authority_.root}, kNoon));
    EXPECT_FALSE(chain_leads_to(signer.chain, std::vector{TestAuthority().root}, kNoon));
    EXPECT_FALSE(chain_leads_to(signer.chain, std::vector{authority_.root}, kNoon + std::chrono::days(400)));
  }
}

TEST_F(SignerFiles, EachRefusalHasItsSentence) {
  const Key key = Key::generate("es256");
  const std::string pem = key.private_pem(), chain = authority_.leaf(key).pem();
  const auto expect = [](const Caught& error, int code, const char* part) {
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_TRUE(contains(error.message, part)) << error.message;
    EXPECT_FALSE(error.hint.empty()) << error.message;
  };
  expect(refusal("no key", chain), 4, "holds no private key in PEM");
  expect(refusal(pem, "no certificate"), 4, "holds no certificate in PEM");
  expect(refusal(pem, replaced(chain, "-----END", "*-----END")), 4, "certificate");
  expect(refusal(Key::generate("es256").private_pem(), chain), 4, "does not belong to the certificate");
  expect(refusal(pem, chain, kNoon + std::chrono::days(400)), 4, "has expired on 2027-02-21");
  expect(refusal(pem, chain, kNoon - std::chrono::days(400)), 4, "valid from 2026-02-21 on only");
  expect(refusal(authority_.root_key.private_pem(), authority_.root.pem()), 4, "an authority's");
  expect(refusal(pem, chain + TestAuthority().root.pem()), 4, "was not issued by");
  const std::string encrypted = read_file(
      openssl("locked.pem", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:x"));
  expect(refusal(encrypted, chain), 3, "is encrypted");
  const Caught absent = caught([&] { read_signer(folder_ / "absent.pem", folder_ / "chain.pem", kNoon); });
  EXPECT_EQ(absent.code, 3);
}

TEST_F(SignerFiles, KeysOfOtherKindsAreRefused) {
  for (const char* arguments :
       {"genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024", "ecparam -name secp256k1 -genkey -noout",
        "genpkey -algorithm X25519", "genpkey -algorithm ED448"}) {
    const Caught error = caught([&] { Key::read_private(openssl("key.pem", arguments)); });
    EXPECT_EQ(error.code, 4) << arguments;
    EXPECT_TRUE(contains(error.message, "is a key of the kind")) << error.message;
  }
}

TEST_F(SignerFiles, UsagesAreAsked) {
  const Key key = Key::generate("es256");
  write("key.pem", key.private_pem());
  const auto self_signed = [&](const std::string& extensions) {
    return openssl("chain.pem",
                   text("req -x509 -new -key ", (folder_ / "key.pem").string(),
                        " -subj /CN=x -days 30 -addext basicConstraints=critical,CA:FALSE ", extensions));
  };
  const std::pair<const char*, const char*> cases[] = {
      {"-addext keyUsage=keyEncipherment", "without digitalSignature"},
      {"-addext keyUsage=digitalSignature", "extended usages (none)"},
      {"-addext extendedKeyUsage=codeSigning", "without e-mail protection"},
      {"-addext extendedKeyUsage=anyExtendedKeyUsage", "is 'any'"},
  };
  for (const auto& [extensions, why] : cases) {
    self_signed(extensions);
    const Caught error = caught([&] { read_signer(folder_ / "key.pem", folder_ / "chain.pem", now_utc()); });
    EXPECT_EQ(error.code, 4);
    EXPECT_TRUE(contains(error.message, why)) << error.message;
  }
}

TEST_F(SignerFiles, TheLocalAuthorityIsMadeOnce) {
  const fs::path folder = folder_ / "deep" / "authority";
  const Signer first = local_signer(folder, kNoon), again = local_signer(folder, kNoon);
  EXPECT_TRUE(first.self_issued);
  EXPECT_EQ(first.chain[0].der(), again.chain[0].der());
  EXPECT_TRUE(contains(first.chain[0].subject(), "Self-issued signer ")) << first.chain[0].subject();
  const auto root = parse_certificates(read_file(authority_root(folder)), "x");
  EXPECT_TRUE(chain_leads_to(first.chain, root, kNoon + std::chrono::days(3600)));
  EXPECT_EQ(first.chain[0].faults_as_signer(), std::vector<std::string>{});
  struct stat status {};
  ASSERT_EQ(::stat((folder / "signer.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_TRUE(
      contains(caught([&] { local_signer(folder, kNoon + std::chrono::days(4000)); }).message, "expired"));
}

TEST_F(SignerFiles, ManyMayAskForTheLocalAuthorityAtOnce) {
  std::vector<std::string> ders(6);
  std::vector<std::thread> threads;
  for (std::string& der : ders)
    threads.emplace_back([&] { der = local_signer(folder_ / "authority", kNoon).chain[0].der(); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& der : ders) EXPECT_EQ(der, ders[0]);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(SignerFiles, AReadOnlyHomeIsSaid) {
  write("file", "x");
  EXPECT_EQ(caught([&] { local_signer(folder_ / "file" / "authority", kNoon); }).code, 5);
}

}  // namespace
}  // namespace understudy::provenance::c2pa
