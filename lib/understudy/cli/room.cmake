understudy_room(cli PUBLIC understudy::core understudy::stages CLI11::CLI11)
