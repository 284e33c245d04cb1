understudy_room(stages PUBLIC understudy::core understudy::face understudy::media understudy::dataset understudy::vision
                PRIVATE understudy::model understudy::compose understudy::provenance opencv_dnn opencv_imgcodecs opencv_imgproc)
