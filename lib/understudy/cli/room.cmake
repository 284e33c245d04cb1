understudy_room(cli PUBLIC understudy::core CLI11::CLI11 PRIVATE understudy::face tomlplusplus::tomlplusplus HEAVY <CLI/CLI.hpp>)
