#include "networks.h"

namespace understudy::faces {

constexpr double kFacesAreRare = -4.5;  // a score's logit where nothing is known

Graph detector_graph() {
  GraphMaker make;
  int x = make.conv(-1, 12, 3, 2);
  x = make.separable(x, 24, 2);
  x = make.separable(x, 40, 2);
  const int at8 = make.residual(make.residual(x));
  x = make.separable(at8, 96, 2);
  const int at16 = make.residual(make.residual(x));
  x = make.residual(make.residual(make.separable(at16, 160, 2)));
  const int deep32 = make.conv(x, 40, 1);
  const int deep16 = make.separable(make.add(make.conv(at16, 40, 1), make.up(deep32)), 40);
  const int deep8 = make.separable(make.add(make.conv(at8, 40, 1), make.up(deep16)), 40);
  make.output("s8", make.plain(make.separable(deep8, 40), kCellNumbers, kFacesAreRare));
  make.output("s16", make.plain(make.separable(deep16, 40), kCellNumbers, kFacesAreRare));
  make.output("s32", make.plain(make.separable(deep32, 40), kCellNumbers, kFacesAreRare));
  return make.graph();
}

Graph face_graph() {
  GraphMaker make;
  int x = make.conv(-1, 16, 3, 2);
  const int at64 = make.separable(x, 24);
  x = make.conv(at64, 48, 3, 2);
  x = make.bottleneck(x, 48, 2);
  const int at32 = make.bottleneck(x, 48, 2);
  x = make.bottleneck(at32, 80, 2, 2);
  x = make.bottleneck(x, 80, 2);
  const int at16 = make.bottleneck(x, 80, 2);
  x = make.bottleneck(at16, 144, 3, 2);
  x = make.bottleneck(x, 144, 2);
  const int at8 = make.bottleneck(x, 144, 2);
  x = make.bottleneck(at8, 192, 2, 2);
  const int at4 = make.bottleneck(x, 192, 2);

  const int deep8 = make.separable(make.add(make.conv(at8, 80, 1), make.up(make.conv(at4, 80, 1))), 80);
  const int deep16 = make.separable(make.add(make.conv(at16, 80, 1), make.up(deep8)), 80);
  const int side32 = make.add(make.conv(at32, 64, 1), make.up(make.conv(deep16, 64, 1)));
  const int deep32 = make.separable(make.separable(side32, 64), 64);
  const int deep64 = make.separable(make.add(make.conv(at64, 16, 1), make.up(make.conv(deep32, 16, 1))), 16);
  make.output("heat", make.plain(make.separable(deep32, 96), kLandmarks));
  make.output("classes", make.plain(deep64, kClasses));
  make.output("head", make.plain(make.conv(make.mean(at4), 192, 1), kPoseNumbers + kLandmarks));
  return make.graph();
}

Graph identity_graph() {
  // Plain convolutions: on a processor libtorch learns them several times as quickly as separable ones.
  GraphMaker make;
  const int at32 = make.conv(-1, 24, 3, 2);
  int x = make.conv(at32, 40, 3, 2);
  x = make.add(make.conv(x, 40, 3), x);
  x = make.conv(x, 80, 3, 2);
  x = make.add(make.conv(x, 80, 3), x);
  x = make.conv(x, 80, 3, 2);
  x = make.add(make.conv(x, 80, 3), x);
  const int at1 = make.conv(make.conv(x, 80, 3, 2), 80, 3, 2);
  make.output("identity", make.plain(at1, kIdentityNumbers));
  return make.graph();
}

const Table<GraphFunction>& networks() {
  static const Table<GraphFunction> table{"network",
                                          {{"detector", "finds faces", detector_graph},
                                           {"face", "looks at one face", face_graph},
                                           {"identity", "tells people apart", identity_graph}}};
  return table;
}

}  // namespace understudy::faces
