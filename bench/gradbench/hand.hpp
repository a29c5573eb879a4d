#pragma once

#include "tensors.hpp"

/// What `ht` reads.
namespace gradbench {

/// Bones at one distance from the root: their places among all bones, and those of their parents in the level above.
struct BoneLevel {
  Tensor bones, parents;
};

/// The skeleton of a hand and its skin.
struct HandModel {
  std::int64_t bones;
  Tensor base_relatives, inverse_base_absolutes;  ///< (bones, 4, 4)
  Tensor skin;        ///< (4 bones, vertices): the weight of each bone times the vertex's coordinates, 1 the last
  Tensor pose_place;  ///< (3, bones): where each angle of each bone stands in [theta, 0]
  std::vector<BoneLevel> levels;
  Tensor level_place;  ///< (bones,): where each bone stands in the levels, one after the other
  bool mirrored;
  // Constants.
  Tensor mirror;       ///< (3,): -1, 1, 1
  Tensor identity;     ///< (3, 3)
  Tensor zero;         ///< (1,)
  Tensor zeros, ones;  ///< (bones,)

  explicit HandModel(const Json& model);

 private:
  void sort_bones(const std::vector<std::int64_t>& parents);
};

struct HandInput {
  HandModel model;
  Tensor theta;   ///< (26,)
  Tensor points;  ///< (points, 3)
  Tensor vertex;  ///< (points,) the vertex that a point corresponds to; (3, points) with us, the triangle's corners
  Tensor us;      ///< (points, 2): where a point lies in its triangle. Undefined where the points are vertices

  explicit HandInput(const Json& input);
};

/// The rotation about the axis a by the angle |a|; none below 1e-4.
Tensor rotation(const HandModel& model, const Tensor& a);

/// Rz Ry Rx of each bone as an affine map, (bones, 4, 4), for the angles x, z and y, (3, bones).
Tensor rotations(const HandModel& model, const Tensor& angles);

}  // namespace gradbench
