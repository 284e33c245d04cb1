understudy_toml_rows(PROFILE_ROWS stages/profiles)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/stages/profile_files.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/profile_files.cpp @ONLY)

understudy_room(stages PUBLIC understudy::core understudy::face understudy::media understudy::dataset understudy::vision
                       understudy::provenance
                PRIVATE understudy::model understudy::compose opencv_dnn opencv_imgcodecs opencv_imgproc $<LINK_ONLY:Freetype::Freetype>
                HEAVY <opencv2/core.hpp>)
set_source_files_properties(stages/letters.cpp PROPERTIES INCLUDE_DIRECTORIES "${FREETYPE_INCLUDE_DIRS}")
target_sources(understudy_stages PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/profile_files.cpp)

# What starts a job's ranks on one host lies beside the programs, in a build as in an installation.
file(COPY ${PROJECT_SOURCE_DIR}/scripts/farm/ranks.sh DESTINATION ${CMAKE_BINARY_DIR}/share/understudy/farm)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scripts/farm/ranks.sh)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/farm/ranks.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/understudy/farm)
