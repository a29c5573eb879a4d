#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <autograd/kernel/array.hpp>
#include <autograd/run/plan/ids.hpp>
#include <autograd/run/plan/program.hpp>

namespace xgrad::run {

/// The operands of a vertex. Up to three are kept inside, which nearly all vertices have: a graph needs no memory for
/// each of its vertices.
class VertexInputs {
 public:
  VertexInputs() = default;
  VertexInputs(const VertexInputs& other) { *this = other; }
  VertexInputs(VertexInputs&&) noexcept = default;
  VertexInputs& operator=(const VertexInputs& other) {
    if (this == &other) return *this;
    resize(other.size());
    std::ranges::copy(other, data());
    return *this;
  }
  VertexInputs& operator=(VertexInputs&&) noexcept = default;
  ~VertexInputs() = default;

  /// Forgets what there was.
  void resize(std::size_t count) {
    size_ = count;
    many_ = count > few_.size() ? std::make_unique<VertexId[]>(count) : nullptr;
  }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  VertexId& operator[](std::size_t k) noexcept { return data()[k]; }
  const VertexId& operator[](std::size_t k) const noexcept { return data()[k]; }
  VertexId* begin() noexcept { return data(); }
  VertexId* end() noexcept { return data() + size_; }
  const VertexId* begin() const noexcept { return data(); }
  const VertexId* end() const noexcept { return data() + size_; }
  friend bool operator==(const VertexInputs& a, const VertexInputs& b) { return std::ranges::equal(a, b); }

 private:
  VertexId* data() noexcept { return many_ ? many_.get() : few_.data(); }
  const VertexId* data() const noexcept { return many_ ? many_.get() : few_.data(); }

  std::unique_ptr<VertexId[]> many_;  ///< where there are more than fit inside
  std::size_t size_ = 0;
  std::array<VertexId, 3> few_{};
};

/// A program while it is planned: a copy of its structure that can be rewritten.
struct Vertex {
  const Primitive* primitive = nullptr;  ///< null: a value that is there already
  DType dtype = DType::float32;
  Shape shape;
  /// Of its node: known while the program is planned, but not kept by the plan, since they may own memory.
  const Attributes* attributes = &no_attributes;
  std::uint32_t node = 0;  ///< of the program, that it stands for
  VertexInputs inputs;
  std::uint32_t scope = 0;
  bool derived = false;
  bool recomputed = false;  ///< recorded again by checkpoint
  int late = 0;             ///< 0 before the first that is derived; more after each turn to or from recomputing
  std::optional<ExternalId> external;  ///< where it is one of the program's
  bool number = false;                 ///< an external that is a plain number
  std::optional<double> known;         ///< 0 or 1 where a plan may rely on every element being that
  int uses = 0;                        ///< by live vertices and results
  bool survives = false;               ///< someone asks for its value

  bool computed() const noexcept { return primitive != nullptr; }
  // The traits of its primitive, or null.
  const ElementwiseTraits* elementwise() const noexcept { return primitive ? primitive->elementwise() : nullptr; }
  const ViewTraits* view() const noexcept { return primitive ? primitive->view() : nullptr; }
  const ReductionLoops* reduction() const {
    return primitive && primitive->reduces() ? primitive->block()->reduction() : nullptr;
  }
  bool is_view() const noexcept { return primitive && primitive->view(); }
  bool is_elementwise() const noexcept { return primitive && primitive->elementwise(); }
};

/// The first operand that is no mask, whose dtype is that of all others that are none.
inline std::size_t unmasked_operand(const ElementwiseTraits& function) noexcept {
  return as_size(std::countr_one(function.masks));
}

struct Graph {
  IdVector<VertexId, Vertex> vertices;  ///< inputs before their users
  std::vector<VertexId> results;  ///< for every surviving node of the program, in order, the vertex with its value
  std::int64_t work = 0;          ///< vertices and inputs that were looked at to build it
};

/// The graph of a program, simplified: equal computations merged, operations that change nothing removed, chains of
/// views shortened. Every rule keeps the bits of the results.
Graph build_graph(const Program& program);

}  // namespace xgrad::run
