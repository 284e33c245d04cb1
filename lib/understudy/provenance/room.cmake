understudy_room(provenance PUBLIC understudy::core opencv_core PRIVATE opencv_imgproc OpenSSL::Crypto tomlplusplus::tomlplusplus HEAVY <opencv2/core.hpp>)
