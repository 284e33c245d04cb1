understudy_room(vision PUBLIC understudy::face PRIVATE opencv_imgproc opencv_dnn dlib::dlib)
