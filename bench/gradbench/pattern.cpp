#include "pattern.hpp"

namespace gradbench {

void Pattern::fill(std::int64_t cameras, std::int64_t points, std::span<const std::int64_t> camera_of,
                   std::span<const std::int64_t> point_of) {
  const std::size_t observations = camera_of.size();
  rows.resize(3 * observations + 1);
  columns.resize((2 * static_cast<std::size_t>(observation_parameters) + 1) * observations);
  const std::int64_t first_point = camera_parameters * cameras, first_weight = first_point + point_parameters * points;
  int* column = columns.data();
  int* row = rows.data();
  *row++ = 0;
  const auto add = [&](std::int64_t first, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) *column++ = static_cast<int>(first + k);
  };
  const auto end_row = [&] { *row++ = static_cast<int>(column - columns.data()); };
  for (std::size_t i = 0; i < observations; ++i)
    for (int coordinate = 0; coordinate < 2; ++coordinate) {
      add(camera_parameters * camera_of[i], camera_parameters);
      add(first_point + point_parameters * point_of[i], point_parameters);
      add(first_weight + static_cast<std::int64_t>(i), 1);
      end_row();
    }
  for (std::size_t i = 0; i < observations; ++i) {
    add(first_weight + static_cast<std::int64_t>(i), 1);
    end_row();
  }
}

Json Pattern::output(const std::vector<double>& values) const {
  const auto ends = [](const auto& all) {
    Json list = Json::array();
    for (std::size_t i = 0; i < 2 * observation_parameters; ++i) list.push_back(all[i]);
    list.push_back(all.back());
    return list;
  };
  return {{"rows", ends(rows)}, {"cols", ends(columns)}, {"vals", ends(values)}};
}

}  // namespace gradbench
