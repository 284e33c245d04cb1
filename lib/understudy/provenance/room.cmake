understudy_room(provenance PUBLIC understudy::core PRIVATE tomlplusplus::tomlplusplus)
