understudy_room(provenance PUBLIC understudy::core PRIVATE OpenSSL::Crypto ZLIB::ZLIB tomlplusplus::tomlplusplus)
