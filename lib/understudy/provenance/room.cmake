understudy_room(provenance PUBLIC understudy::core PRIVATE OpenSSL::Crypto tomlplusplus::tomlplusplus)
