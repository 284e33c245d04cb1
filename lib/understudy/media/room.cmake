understudy_room(media PUBLIC understudy::core opencv_core PRIVATE opencv_imgproc PkgConfig::FFMPEG PkgConfig::OPENCOLORIO OpenImageIO::OpenImageIO HEAVY <opencv2/core.hpp>)
