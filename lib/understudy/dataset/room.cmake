understudy_room(dataset PUBLIC understudy::face PRIVATE opencv_imgcodecs opencv_imgproc PkgConfig::ISAL HEAVY <opencv2/core.hpp>)
