understudy_toml_rows(PRESET_ROWS model/presets)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/model/preset_files.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/preset_files.cpp @ONLY)

# Bases lie beside the programs, in a build as in an installation.
file(GLOB bases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/model/bases/*.safetensors)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${bases})
file(COPY ${bases} DESTINATION ${CMAKE_BINARY_DIR}/share/understudy/bases)
install(FILES ${bases} DESTINATION ${CMAKE_INSTALL_DATADIR}/understudy/bases)

understudy_room(model PUBLIC understudy::core understudy::torch HEAVY <torch/types.h>)
target_sources(understudy_model PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/preset_files.cpp)
understudy_compile_together(understudy_model)
# Lets the compiler vectorise square roots: nothing here asks errno about them.
target_compile_options(understudy_model PRIVATE -fno-math-errno)

# What runs on GPUs, where libtorch was built for them. A library of its own: its compiler knows no warnings of ours.
if(TARGET torch_cuda)
  enable_language(CUDA)
  file(GLOB gpu_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/model/*.cu)
  add_library(understudy_model_gpu STATIC ${gpu_sources})
  target_include_directories(understudy_model_gpu PRIVATE ${PROJECT_SOURCE_DIR}/lib)
  install(TARGETS understudy_model_gpu EXPORT understudy COMPONENT development)
  set_target_properties(understudy_model_gpu PROPERTIES CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON)
  target_link_libraries(understudy_model PRIVATE understudy_model_gpu CUDA::cudart)
  target_compile_definitions(understudy_model PUBLIC UNDERSTUDY_WITH_CUDA)
endif()

# Training on several processes: c10d of libtorch, with Gloo's headers for CPUs and NCCL's for GPUs.
set(UNDERSTUDY_WITH_DISTRIBUTED AUTO CACHE STRING "Training on several processes: AUTO (when the headers are there), ON or OFF")
find_path(C10D_INCLUDE torch/csrc/distributed/c10d/TCPStore.hpp HINTS ${TORCH_INCLUDE_DIRS})
find_path(GLOO_INCLUDE gloo/config.h HINTS ${TORCH_INCLUDE_DIRS})
find_path(NCCL_INCLUDE nccl.h HINTS ${CUDA_INCLUDE_DIRS})
set(DISTRIBUTED_BY "")
if(UNDERSTUDY_WITH_DISTRIBUTED AND C10D_INCLUDE)  # AUTO counts as true
  if(GLOO_INCLUDE)
    list(APPEND DISTRIBUTED_BY UNDERSTUDY_WITH_GLOO)
  endif()
  if(NCCL_INCLUDE AND TARGET torch_cuda)
    list(APPEND DISTRIBUTED_BY UNDERSTUDY_WITH_NCCL)
    target_include_directories(understudy_model SYSTEM PRIVATE ${NCCL_INCLUDE})
  endif()
endif()
if(DISTRIBUTED_BY)
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/model/distributed/c10d_channel.cpp
                              ${CMAKE_CURRENT_SOURCE_DIR}/model/distributed/c10d_meeting.cpp
                              PROPERTIES COMPILE_DEFINITIONS "UNDERSTUDY_WITH_DISTRIBUTED;${DISTRIBUTED_BY}")
elseif(UNDERSTUDY_WITH_DISTRIBUTED AND NOT UNDERSTUDY_WITH_DISTRIBUTED STREQUAL "AUTO")
  message(FATAL_ERROR "UNDERSTUDY_WITH_DISTRIBUTED needs libtorch's c10d headers, and Gloo's (Debian's libgloo-dev) or NCCL's")
endif()
set_target_properties(understudy_model PROPERTIES DISTRIBUTED_BY "${DISTRIBUTED_BY}")
