#include <apps/text/evaluate.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/ops.hpp>

namespace xgrad::apps::text {

namespace {

/// Tokens begin to end as inputs, of which those from `scored` on have their successors scored.
struct Piece {
  std::int64_t begin, scored, end;
};

/// The sum of the losses of pieces of one length.
double loss_of(const LanguageModel& model, std::span<const std::int64_t> tokens, std::span<const Piece> pieces) {
  const auto n = static_cast<std::int64_t>(pieces.size());
  const std::int64_t length = pieces[0].end - pieces[0].begin;
  std::vector<std::int64_t> x, y;
  std::vector<float> scored;
  for (const Piece& piece : pieces)
    for (std::int64_t i = piece.begin; i < piece.end; ++i) {
      x.push_back(tokens[static_cast<std::size_t>(i)]);
      y.push_back(tokens[static_cast<std::size_t>(i + 1)]);
      scored.push_back(i >= piece.scored ? 1.0f : 0.0f);
    }
  const Tensor scores = model(tensor(x, {n, length}));
  const Tensor losses = nn::cross_entropy(scores.reshape({n * length, scores.size(-1)}), tensor(y, {n * length}),
                                          {.reduction = nn::Reduction::none});
  return sum(losses.to(float64) * tensor(scored, {n * length}).to(float64)).item();
}

}  // namespace

double bits_per_character(const LanguageModel& model, std::span<const std::int64_t> tokens, std::int64_t context,
                          std::int64_t batch) {
  const auto size = static_cast<std::int64_t>(tokens.size());
  if (size < 2) fail("text", fmt::format("{} characters; expected 2 or more to measure a model on", size));
  std::vector<Piece> pieces;
  const std::int64_t half = std::max<std::int64_t>(context / 2, 1);
  for (std::int64_t scored = 0; scored < size - 1;) {
    const std::int64_t begin = std::max<std::int64_t>(scored == 0 ? 0 : scored - (context - half), 0);
    const std::int64_t end = std::min(begin + context, size - 1);
    pieces.push_back({begin, scored, end});
    scored = end;
  }
  double loss = 0;
  for (std::size_t first = 0; first < pieces.size();) {
    const auto alike = [&](const Piece& piece) {
      return piece.end - piece.begin == pieces[first].end - pieces[first].begin;
    };
    std::size_t last = first;
    while (last < pieces.size() && last - first < static_cast<std::size_t>(batch) && alike(pieces[last])) ++last;
    loss += loss_of(model, tokens, std::span(pieces).subspan(first, last - first));
    first = last;
  }
  return loss / static_cast<double>(size - 1) / std::numbers::ln2;
}

}  // namespace xgrad::apps::text
