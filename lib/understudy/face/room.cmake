understudy_room(face PUBLIC understudy::core opencv_core PRIVATE opencv_imgproc opencv_calib3d HEAVY <opencv2/core.hpp>)
