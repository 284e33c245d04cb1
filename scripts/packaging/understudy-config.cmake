# find_package(understudy) gives understudy::core, understudy::dataset and the other rooms (docs/architecture.md).
include(${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/understudy-targets.cmake)
