set(UNDERSTUDY_DLIB_LANDMARKS "/usr/share/dlib/shape_predictor_68_face_landmarks.dat" CACHE FILEPATH
    "Where the landmarker dlib68 finds its model when --model-dir does not hold it (Debian: libdlib-data)")
understudy_room(vision PUBLIC understudy::face PRIVATE opencv_imgproc opencv_video opencv_dnn dlib::dlib understudy::dnnl OpenMP::OpenMP_CXX HEAVY <opencv2/core.hpp>)
target_compile_definitions(understudy_vision PRIVATE UNDERSTUDY_DLIB_LANDMARKS="${UNDERSTUDY_DLIB_LANDMARKS}")

# Our own networks lie beside the programs, in a build as in an installation.
file(GLOB models CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/vision/models/*.onnx)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${models})
file(COPY ${models} DESTINATION ${CMAKE_BINARY_DIR}/share/understudy/models)
install(FILES ${models} DESTINATION ${CMAKE_INSTALL_DATADIR}/understudy/models)

# Of this room, fuzzers are led by what reads bytes alone.
if(UNDERSTUDY_LIBFUZZER)
  set(readers vision/landmarker/shape_trees.cpp vision/landmarker/dlib_numbers.cpp)
  set_property(SOURCE ${readers} APPEND PROPERTY COMPILE_OPTIONS -fsanitize-coverage=trace-pc,trace-cmp)
  set_property(SOURCE ${readers} PROPERTY SKIP_PRECOMPILE_HEADERS ON)
  target_link_libraries(understudy_vision PUBLIC $<BUILD_INTERFACE:understudy_fuzz_coverage>)
endif()
