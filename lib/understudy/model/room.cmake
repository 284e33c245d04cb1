# presets/*.toml become a source file, so that a program needs no file beside it.
file(GLOB preset_files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/model/presets/*.toml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${preset_files})
set(PRESET_ROWS "")
foreach(file ${preset_files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND PRESET_ROWS "    {\"${name}\", R\"toml(${content})toml\"},\n")
endforeach()
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/model/preset_files.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/preset_files.cpp @ONLY)

understudy_room(model PUBLIC understudy::core understudy_torch)
target_sources(understudy_model PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/preset_files.cpp)
target_precompile_headers(understudy_model PRIVATE <torch/torch.h>)
# Lets the compiler vectorise square roots: nothing here asks errno about them.
target_compile_options(understudy_model PRIVATE -fno-math-errno)
