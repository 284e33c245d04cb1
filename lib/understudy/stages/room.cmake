understudy_room(stages PUBLIC understudy::core PRIVATE understudy::face understudy::media understudy::dataset understudy::vision
                understudy::model understudy::compose understudy::provenance opencv_imgproc)
