understudy_room(media PUBLIC understudy::core opencv_core PRIVATE opencv_imgproc PkgConfig::FFMPEG PkgConfig::OPENCOLORIO OpenImageIO::OpenImageIO HEAVY <opencv2/core.hpp>)
# What chooses a function for the processor runs before the program can count.
if(UNDERSTUDY_LIBFUZZER)
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/media/picture_bgr8.cpp PROPERTIES
                              COMPILE_OPTIONS -fno-sanitize-coverage=trace-pc,trace-cmp)
endif()
