understudy_toml_rows(PROFILE_ROWS stages/profiles)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/stages/profile_files.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/profile_files.cpp @ONLY)

understudy_room(stages PUBLIC understudy::core understudy::face understudy::media understudy::dataset understudy::vision
                       understudy::provenance
                PRIVATE understudy::model understudy::compose opencv_dnn opencv_imgcodecs opencv_imgproc ${FREETYPE_LIBRARIES})
set_source_files_properties(stages/letters.cpp PROPERTIES INCLUDE_DIRECTORIES "${FREETYPE_INCLUDE_DIRS}")
target_sources(understudy_stages PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/profile_files.cpp)
