understudy_room(face PUBLIC understudy::core opencv_core PRIVATE opencv_imgproc opencv_calib3d HEAVY <opencv2/core.hpp>)
# So that loops with choices are made for several pixels at once; no result changes.
target_compile_options(understudy_face PRIVATE -fno-math-errno -fno-trapping-math)
