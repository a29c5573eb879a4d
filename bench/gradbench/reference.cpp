#include "reference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace gradbench::reference {

namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double square_distance(const double* a, const double* b, std::size_t d) {
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

std::size_t nearest(const double* point, const Numbers& centroids, std::size_t d) {
  std::size_t best = 0;
  for (std::size_t j = 1; j < centroids.size() / d; ++j)
    if (square_distance(point, &centroids[j * d], d) < square_distance(point, &centroids[best * d], d)) best = j;
  return best;
}

Numbers product(const Numbers& a, const Numbers& b, std::size_t rows, std::size_t inner, std::size_t columns) {
  Numbers c(rows * columns);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      for (std::size_t l = 0; l < inner; ++l) c[i * columns + j] += a[i * inner + l] * b[l * columns + j];
  return c;
}

Numbers matrix_of(const Numbers& matrices, std::size_t i) {
  const auto first = matrices.begin() + static_cast<std::ptrdiff_t>(16 * i);
  return Numbers(first, first + 16);
}

/// The turn about axis i of three by an angle, (3, 3).
Numbers turn_about(std::size_t i, double angle) {
  const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
  Numbers r(9);
  r[3 * i + i] = 1;
  r[3 * j + j] = r[3 * k + k] = std::cos(angle);
  r[3 * k + j] = std::sin(angle);
  r[3 * j + k] = -std::sin(angle);
  return r;
}

/// The turn about an axis by its length, by Rodrigues' formula on each unit vector, (3, 3).
std::array<double, 3> turned(const double* axis, const std::array<double, 3>& x) {
  const double angle = std::hypot(axis[0], axis[1], axis[2]);
  if (angle == 0) return x;
  const std::array<double, 3> a{axis[0] / angle, axis[1] / angle, axis[2] / angle};
  const double along = (a[0] * x[0] + a[1] * x[1] + a[2] * x[2]) * (1 - std::cos(angle));
  std::array<double, 3> result;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t j = (i + 1) % 3, k = (i + 2) % 3;
    result[i] = x[i] * std::cos(angle) + (a[j] * x[k] - a[k] * x[j]) * std::sin(angle) + a[i] * along;
  }
  return result;
}

}  // namespace

double lse(const Numbers& x) {
  double sum = 0;
  for (const double value : x) sum += std::exp(value);
  return std::log(sum);
}

double llsq(const Numbers& x, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double t = -1 + 2 * static_cast<double>(i) / static_cast<double>(n - 1);
    double rest = t > 0 ? 1 : t < 0 ? -1 : 0;
    for (std::size_t j = 0; j < x.size(); ++j) rest -= x[j] * std::pow(t, static_cast<double>(j));
    sum += rest * rest;
  }
  return sum / 2;
}

double det(const Numbers& a, std::size_t n) {
  if (n == 1) return a[0];
  double sum = 0;
  for (std::size_t j = 0; j < n; ++j) {
    Numbers minor;
    for (std::size_t i = n; i < n * n; ++i)
      if (i % n != j) minor.push_back(a[i]);
    sum += (j % 2 == 0 ? 1 : -1) * a[j] * det(minor, n - 1);
  }
  return sum;
}

Numbers ode(const Numbers& x, std::size_t steps) {
  const double h = 2 / static_cast<double>(steps);
  const auto slope = [&](const Numbers& y, const Numbers& k, double factor) {
    Numbers result{x[0]};
    for (std::size_t i = 1; i < x.size(); ++i) result.push_back(x[i] * (y[i - 1] + factor * k[i - 1]));
    return result;
  };
  Numbers y(x.size());
  for (std::size_t step = 0; step < steps; ++step) {
    const Numbers k1 = slope(y, y, 0), k2 = slope(y, k1, h / 2), k3 = slope(y, k2, h / 2), k4 = slope(y, k3, h);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += h * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) / 6;
  }
  return y;
}

double kmeans_cost(const Numbers& points, const Numbers& centroids, std::size_t d) {
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); i += d)
    sum += square_distance(&points[i], &centroids[d * nearest(&points[i], centroids, d)], d);
  return sum;
}

Numbers kmeans_direction(const Numbers& points, const Numbers& centroids, std::size_t d) {
  Numbers sums(centroids.size()), counts(centroids.size() / d), result(centroids);
  for (std::size_t i = 0; i < points.size(); i += d) {
    const std::size_t j = nearest(&points[i], centroids, d);
    ++counts[j];
    for (std::size_t axis = 0; axis < d; ++axis) sums[j * d + axis] += points[i + axis];
  }
  for (std::size_t i = 0; i < result.size(); ++i) result[i] -= sums[i] / counts[i / d];
  return result;
}

double gmm(const Gmm& problem, const Numbers& variables) {
  const std::size_t d = problem.d, k = problem.k, below = d * (d - 1) / 2;
  const double *alpha = variables.data(), *mu = alpha + k, *q = mu + k * d, *l = q + k * d;
  const double p = static_cast<double>(d), freedom = p + problem.m + 1, gamma = problem.gamma;

  std::vector<Numbers> factors(k, Numbers(d * d));
  double sum_alpha = 0, prior = 0;
  for (std::size_t j = 0; j < k; ++j) {
    std::size_t next = 0;
    for (std::size_t column = 0; column < d; ++column) {
      factors[j][column * d + column] = std::exp(q[j * d + column]);
      for (std::size_t row = column + 1; row < d; ++row) factors[j][row * d + column] = l[j * below + next++];
    }
    sum_alpha += std::exp(alpha[j]);
    // The Wishart density of X = Q^T Q, whose trace is the sum of the squares of Q.
    double log_det = 0, trace = 0;
    for (std::size_t i = 0; i < d; ++i) log_det += 2 * q[j * d + i];
    for (const double entry : factors[j]) trace += entry * entry;
    prior += (freedom - p - 1) / 2 * log_det - gamma * gamma * trace / 2 - freedom * p / 2 * std::log(2) +
             freedom * p * std::log(gamma) - p * (p - 1) / 4 * std::log(std::numbers::pi);
    for (std::size_t i = 0; i < d; ++i) prior -= std::lgamma((freedom - static_cast<double>(i)) / 2);
  }

  double likelihood = 0;
  for (std::size_t i = 0; i < problem.n; ++i) {
    double density = 0;
    for (std::size_t j = 0; j < k; ++j) {
      Numbers centred(d);
      for (std::size_t axis = 0; axis < d; ++axis) centred[axis] = problem.x[i * d + axis] - mu[j * d + axis];
      double exponent = 0, determinant = 1;
      for (const double image : product(factors[j], centred, d, d, 1)) exponent -= image * image / 2;
      for (std::size_t axis = 0; axis < d; ++axis) determinant *= factors[j][axis * d + axis];
      density +=
          std::exp(alpha[j]) / sum_alpha * std::exp(exponent) * determinant / std::pow(2 * std::numbers::pi, p / 2);
    }
    likelihood += std::log(density);
  }
  return likelihood + prior;
}

double lstm(const Lstm& problem, const Numbers& variables) {
  const std::size_t width = problem.width;
  const double *main = variables.data(), *extra = main + 8 * width * problem.layers;
  Numbers state = problem.state;
  double total = 0;
  for (std::size_t t = 0; t + 1 < problem.characters; ++t) {
    Numbers signal(&problem.sequence[t * width], &problem.sequence[t * width] + width);
    for (std::size_t i = 0; i < width; ++i) signal[i] *= extra[i];
    for (std::size_t layer = 0; layer < problem.layers; ++layer) {
      double *hidden = &state[2 * width * layer], *cell = hidden + width;
      const auto gate = [&](std::size_t which, std::size_t i, double x) {
        const double* weights = main + 8 * width * layer + which * width;
        return weights[i] * x + weights[4 * width + i];
      };
      for (std::size_t i = 0; i < width; ++i) {
        cell[i] = cell[i] * sigmoid(gate(0, i, signal[i])) +
                  sigmoid(gate(1, i, hidden[i])) * std::tanh(gate(3, i, hidden[i]));
        hidden[i] = sigmoid(gate(2, i, signal[i])) * std::tanh(cell[i]);
        signal[i] = hidden[i];
      }
    }
    double sum = 2;
    for (std::size_t i = 0; i < width; ++i) {
      signal[i] = signal[i] * extra[width + i] + extra[2 * width + i];
      sum += std::exp(signal[i]);
    }
    for (std::size_t i = 0; i < width; ++i)
      total += problem.sequence[(t + 1) * width + i] * (signal[i] - std::log(sum));
  }
  return -total / static_cast<double>((problem.characters - 1) * width);
}

Numbers ba(const Numbers& x, const Numbers& feature) {
  const std::array<double, 3> seen = turned(x.data(), {x[11] - x[3], x[12] - x[4], x[13] - x[5]});
  const double u = seen[0] / seen[2], v = seen[1] / seen[2], r = u * u + v * v,
               scale = x[6] * (1 + x[9] * r + x[10] * r * r);
  return {x[14] * (u * scale + x[7] - feature[0]), x[14] * (v * scale + x[8] - feature[1])};
}

Numbers ht(const Ht& problem, const Numbers& theta, const Numbers& us) {
  const std::size_t bones = problem.parents.size(), count = problem.vertices.size() / 4,
                    points = problem.points.size() / 3;
  // Angles of bones about x, z and y. Five fingers of four bones follow the wrist and one more.
  Numbers angles(3 * bones);
  for (std::size_t finger = 0; finger < 5; ++finger) {
    const double* own = &theta[6 + 4 * finger];
    double* bone = &angles[3 * (2 + 4 * finger)];
    bone[0] = own[0], bone[1] = own[1], bone[3] = own[2], bone[6] = own[3];
  }
  std::vector<Numbers> absolutes;
  Numbers skin(3 * count);
  for (std::size_t bone = 0; bone < bones; ++bone) {
    const double* a = &angles[3 * bone];
    const Numbers turn =
        product(product(turn_about(2, a[1]), turn_about(1, a[2]), 3, 3, 3), turn_about(0, a[0]), 3, 3, 3);
    Numbers affine{turn[0], turn[1], turn[2], 0, turn[3], turn[4], turn[5], 0,
                   turn[6], turn[7], turn[8], 0, 0,       0,       0,       1};
    affine = product(matrix_of(problem.relatives, bone), affine, 4, 4, 4);
    if (const int parent = problem.parents[bone]; parent >= 0)
      affine = product(absolutes[static_cast<std::size_t>(parent)], affine, 4, 4, 4);
    absolutes.push_back(affine);
    const Numbers move = product(affine, matrix_of(problem.inverse_absolutes, bone), 4, 4, 4);
    for (std::size_t v = 0; v < count; ++v)
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 4; ++j)
          skin[3 * v + i] += problem.weights[v * bones + bone] * move[4 * i + j] * problem.vertices[4 * v + j];
  }
  const auto vertex = [&](std::size_t v, std::size_t i) {
    const double sign = problem.mirrored ? -1 : 1;
    return turned(theta.data(), {sign * skin[3 * v], skin[3 * v + 1], skin[3 * v + 2]})[i] + theta[3 + i];
  };
  Numbers errors;
  for (std::size_t p = 0; p < points; ++p)
    for (std::size_t i = 0; i < 3; ++i) {
      double hand;
      if (us.empty()) {
        hand = vertex(problem.corners[p], i);
      } else {
        const std::size_t* corner = &problem.corners[3 * p];
        const double a = us[2 * p], b = us[2 * p + 1];
        hand = a * vertex(corner[0], i) + b * vertex(corner[1], i) + (1 - a - b) * vertex(corner[2], i);
      }
      errors.push_back(problem.points[3 * p + i] - hand);
    }
  return errors;
}

}  // namespace gradbench::reference
