understudy_room(stages PUBLIC understudy::core understudy::face understudy::media understudy::dataset understudy::vision understudy::provenance
                PRIVATE understudy::model understudy::compose opencv_dnn opencv_imgcodecs opencv_imgproc)
