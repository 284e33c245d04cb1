# profiles/*.toml become a source file, so that a program needs no file beside it.
file(GLOB profile_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/stages/profiles/*.toml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile_files})
set(PROFILE_ROWS "")
foreach(file ${profile_files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND PROFILE_ROWS "    {\"${name}\", R\"toml(${content})toml\"},\n")
endforeach()
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/stages/profile_files.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/profile_files.cpp @ONLY)

understudy_room(stages PUBLIC understudy::core understudy::face understudy::media understudy::dataset understudy::vision
                       understudy::provenance
                PRIVATE understudy::model understudy::compose opencv_dnn opencv_imgcodecs opencv_imgproc)
target_sources(understudy_stages PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/profile_files.cpp)
