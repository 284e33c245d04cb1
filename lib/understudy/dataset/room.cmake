understudy_room(dataset PUBLIC understudy::face PRIVATE opencv_imgcodecs opencv_imgproc PkgConfig::DEFLATE HEAVY <opencv2/core.hpp>)
