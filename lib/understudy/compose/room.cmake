understudy_room(compose PUBLIC understudy::face PRIVATE opencv_imgproc)
