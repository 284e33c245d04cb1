understudy_room(compose PUBLIC understudy::face PRIVATE opencv_imgproc HEAVY <opencv2/core.hpp>)
# So that loops with roots and choices are made for several pixels at once; no result changes.
target_compile_options(understudy_compose PRIVATE -fno-math-errno -fno-trapping-math)
