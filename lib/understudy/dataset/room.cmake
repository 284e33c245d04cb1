understudy_room(dataset PUBLIC understudy::face understudy::provenance PRIVATE opencv_imgcodecs opencv_imgproc ZLIB::ZLIB)
