#pragma once

namespace understudy::bench {

/// Each registers its benchmarks; main() calls them all.
void add_decode();
void add_display();
void add_encode();
void add_crops();
void add_detectors();
void add_landmarkers();
void add_align();
void add_color();
void add_merge();
void add_beside();
void add_watermark();
void add_train();
void add_convert();

}  // namespace understudy::bench
