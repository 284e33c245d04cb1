understudy_room(media PUBLIC understudy::core opencv_core PRIVATE opencv_imgproc PkgConfig::FFMPEG OpenImageIO::OpenImageIO)
