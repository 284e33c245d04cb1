set(UNDERSTUDY_DLIB_LANDMARKS "/usr/share/dlib/shape_predictor_68_face_landmarks.dat" CACHE FILEPATH
    "Where the landmarker dlib68 finds its model when --model-dir does not hold it (Debian: libdlib-data)")
understudy_room(vision PUBLIC understudy::face PRIVATE opencv_imgproc opencv_dnn dlib::dlib)
target_compile_definitions(understudy_vision PRIVATE UNDERSTUDY_DLIB_LANDMARKS="${UNDERSTUDY_DLIB_LANDMARKS}")
