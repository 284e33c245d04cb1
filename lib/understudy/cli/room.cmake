understudy_room(cli PUBLIC understudy::core CLI11::CLI11 PRIVATE understudy::face tomlplusplus::tomlplusplus HEAVY <CLI/CLI.hpp>)
target_compile_options(understudy_cli PRIVATE $<$<CONFIG:Release>:-O1>)  # as in tools/
