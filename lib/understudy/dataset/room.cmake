understudy_room(dataset PUBLIC understudy::face PRIVATE opencv_imgcodecs opencv_imgproc PkgConfig::LIBDEFLATE HEAVY <opencv2/core.hpp>)
