#include <autograd/run/plan/pieces.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>

#include <autograd/per_thread.hpp>

namespace xgrad::run {
namespace {

/// A repetition is looked for where so many nodes in a row are like ones before them.
constexpr std::size_t gram = 3;
/// Of those before them, the latest so many are tried.
constexpr int most_tries = 4;
/// A body repeats where it, and at least so many nodes, come again, and there are at least so many in all.
constexpr std::size_t least_repeated = 24;
constexpr std::size_t least_region = 48;
/// Short bodies are put together to pieces of about so many nodes, which cost less to run one by one.
constexpr std::size_t usual_piece = 96;
/// But of no more bytes: what a piece reads and computes stays until its end.
constexpr std::size_t usual_bytes = 256 * 1024;
/// The same for what is cut for its length only, where it has at least so many nodes.
constexpr std::size_t most_bytes = 1 << 20;
constexpr std::size_t fewest_nodes = 16;
/// A program of more pieces than this runs as fast in them as by a plan of all of it, which would be as long as it is.
constexpr std::size_t most_pieces_of_whole = 64;
/// What a value costs that is handed on, beside its bytes.
constexpr std::int64_t cost_of_handing_on = 64;

/// Mixes a word into a hash.
constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
  return hash ^ hash >> 29;
}

/// What two nodes have in common that are alike in two bodies: all but what they read. The same in every process, so
/// that a program is cut in the same places.
std::uint64_t signature_of(const Node& node) {
  std::uint64_t hash =
      mixed(node.primitive->fingerprint, static_cast<std::uint64_t>(node.dtype) << 32 | node.input_count);
  for (const std::int64_t extent : node.shape) hash = mixed(hash, static_cast<std::uint64_t>(extent));
  if (!node.primitive->elementwise())
    for (const std::uint64_t word : node.attributes.words()) hash = mixed(hash, word);
  return hash;
}

class Cutting {
 public:
  Cutting(const Needed& needed, std::size_t most) : needed_(needed), most_(most), lists_(std::move(*spare)) {
    const std::span<Node* const> nodes = needed.nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i]->primitive->view()) continue;
      numbers_.push_back(static_cast<std::uint32_t>(i));
      positions_.push_back(nodes[i]->position);
      signatures_.push_back(signature_of(*nodes[i]));
    }
  }

  Cutting(const Cutting&) = delete;
  Cutting& operator=(const Cutting&) = delete;
  ~Cutting() {
    empty(numbers_);
    empty(positions_);
    empty(signatures_);
    empty(lists_.before);
    empty(lists_.regions);
    *spare = std::move(lists_);
  }

  Pieces run() {
    find_regions();
    std::size_t done = 0;
    for (const Region& region : lists_.regions) done = cut_region(region, done);
    cut_stretch(done, signatures_.size());
    if (pieces_.ends.empty() || pieces_.ends.back() < needed_.nodes().size()) {
      // Views behind the last node that is none.
      if (!pieces_.ends.empty()) pieces_.ends.pop_back();
      pieces_.ends.push_back(needed_.nodes().size());
    }
    // Large values of bodies had better not be handed on.
    pieces_.alone = pieces_.repeats && !repeats_large_ && pieces_.ends.size() > most_pieces_of_whole;
    return std::move(pieces_);
  }

 private:
  // All numbers are of nodes that are no views, in order.

  /// Nodes from first to last - 1, each like the one `period` after it, where there is one.
  struct Region {
    std::size_t first, last, period;
  };

  /// The latest place of a gram.
  struct Seen {
    std::uint64_t gram = 0;
    std::uint32_t search = 0;  ///< in which it was seen
    std::uint32_t place = 0;
  };

  /// Of the values of nodes from first to last - 1.
  std::size_t bytes_of(std::size_t first, std::size_t last) const {
    std::size_t bytes = 0;
    for (std::size_t i = first; i < last; ++i) bytes += needed_.nodes()[numbers_[i]]->bytes();
    return bytes;
  }

  bool has_large_values(std::size_t first, std::size_t last) const {
    for (std::size_t i = first; i < last; ++i)
      if (needed_.nodes()[numbers_[i]]->bytes() >= large_value) return true;
    return false;
  }

  std::uint64_t gram_at(std::size_t i) const {
    std::uint64_t hash = signatures_[i];
    for (std::size_t k = 1; k < gram; ++k) hash = mixed(hash, signatures_[i + k]);
    return hash;
  }

  /// How many nodes from i on are like those from an earlier one on.
  std::size_t match(std::size_t earlier, std::size_t i) {
    std::size_t length = 0;
    while (i + length < signatures_.size() && signatures_[earlier + length] == signatures_[i + length]) ++length;
    looked_at(length);
    return length;
  }

  void find_regions() {
    constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();
    constexpr std::size_t table_size = 8192;
    const std::size_t count = signatures_.size();
    if (count < least_region) return;
    std::vector<Seen>& table = lists_.table;
    table.resize(table_size);
    if (++lists_.search == 0) table.assign(table_size, {});
    std::vector<std::uint32_t>& before = lists_.before;
    before.assign(count, nowhere);
    std::size_t next = 0;  // where the search goes on
    for (std::size_t i = 0; i + gram <= count; ++i) {
      looked_at(1);
      const std::uint64_t hash = gram_at(i);
      Seen& seen = table[hash % table_size];
      if (seen.gram == hash && seen.search == lists_.search) before[i] = seen.place;
      seen = {hash, lists_.search, static_cast<std::uint32_t>(i)};
      if (i < next || before[i] == nowhere) continue;
      std::size_t longest = 0, period = 0;
      std::uint32_t place = before[i];
      for (int tries = 0; tries < most_tries && place != nowhere; ++tries, place = before[place]) {
        const std::size_t length = match(place, i);
        if (length <= longest) continue;
        longest = length;
        period = i - place;
      }
      next = i + std::max<std::size_t>(1, longest);
      if (longest < std::max(period, least_repeated) || longest + period < least_region) continue;
      lists_.regions.push_back({i - period, i + longest, period});
      // Of the grams of a region, those of its last body are noted.
      i = std::max(i, next - std::min(next, period + gram));
    }
  }

  /// What is handed on at each place from first to last - 1, by values that are not read much later than they are
  /// computed: those go through memory anyway.
  std::vector<std::int64_t> handed_on(std::size_t first, std::size_t last) {
    const std::size_t reach = last - first;
    std::vector<std::int64_t> change(reach + 1, 0);
    for (std::size_t i = first - std::min(first, reach); i < last; ++i) {
      const std::uint32_t read = needed_.last_reader(positions_[i]);
      const auto within = positions_.begin() + static_cast<std::ptrdiff_t>(std::min(i + 2 * reach, positions_.size()));
      const auto reader = std::upper_bound(positions_.begin() + static_cast<std::ptrdiff_t>(i), within, read);
      if (reader == within && within != positions_.end()) continue;
      const std::size_t from = std::max(i + 1, first);
      const std::size_t to = std::min(as_size(reader - positions_.begin()), last);
      if (from >= to) continue;
      const Node& node = *needed_.nodes()[numbers_[i]];
      const auto bytes = static_cast<std::int64_t>(node.bytes());
      const std::int64_t cost = cost_of_handing_on + (needed_.outlives(positions_[i]) ? bytes / 2 : bytes);
      change[from - first] += cost;
      change[to - first] -= cost;
    }
    looked_at(2 * reach);
    for (std::size_t i = 1; i < change.size(); ++i) change[i] += change[i - 1];
    change.pop_back();
    return change;
  }

  /// The place from first to last - 1 where least is handed on.
  std::size_t best_place(std::size_t first, std::size_t last) {
    const std::vector<std::int64_t> costs = handed_on(first, last);
    return first + as_size(std::ranges::min_element(costs) - costs.begin());
  }

  /// Cuts a region, and what is left before it. Where the next one may begin.
  std::size_t cut_region(const Region& region, std::size_t done) {
    const std::size_t first = std::max(region.first, done), period = region.period;
    if (first + 2 * period > region.last) return done;
    // The first body may begin in another way than those after it.
    const std::size_t second = first + 3 * period <= region.last ? first + period : first;
    const std::size_t begin = first + (best_place(second, second + period) - second);
    const std::size_t bodies = (region.last - begin) / period;
    if (bodies < 2) return done;
    pieces_.repeats = true;
    repeats_large_ = repeats_large_ || has_large_values(begin, begin + period);
    cut_stretch(done, begin);
    if (period > most_) {
      cut_long_bodies(begin, period, bodies);
    } else {
      const std::size_t nodes = std::min(usual_piece, most_) / period;
      const std::size_t bytes = usual_bytes / std::max<std::size_t>(1, bytes_of(begin, begin + period));
      std::size_t together = std::bit_floor(std::max<std::size_t>(1, std::min(nodes, bytes)));
      std::size_t end = begin;
      for (std::size_t left = bodies; left > 0; left -= together) {
        while (together > left) together /= 2;
        add_end(end += together * period);
      }
    }
    return begin + bodies * period;
  }

  /// All bodies in the same way.
  void cut_long_bodies(std::size_t begin, std::size_t period, std::size_t bodies) {
    const std::vector<std::size_t> ends = places_within(begin + period, begin + 2 * period);
    for (std::size_t body = 0; body < bodies; ++body)
      for (const std::size_t end : ends) add_end(end + body * period - period);
  }

  void cut_stretch(std::size_t first, std::size_t last) {
    for (const std::size_t end : places_within(first, last)) add_end(end);
  }

  /// The ends of the pieces of what is cut for its length only.
  std::vector<std::size_t> places_within(std::size_t first, std::size_t last) {
    std::vector<std::size_t> ends;
    for (std::size_t most = longest_from(first, last); last - first > most; most = longest_from(first, last)) {
      first = best_place(first + (most + 1) / 2, first + most + 1);
      ends.push_back(first);
    }
    if (last > first) ends.push_back(last);
    return ends;
  }

  /// How many nodes a piece may have that begins at `first`.
  std::size_t longest_from(std::size_t first, std::size_t last) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < most_ && first + count < last; ++count) {
      bytes += needed_.nodes()[numbers_[first + count]]->bytes();
      if (bytes > most_bytes && count >= fewest_nodes) break;
    }
    looked_at(count);
    return count;
  }

  /// Views go with what comes after them.
  void add_end(std::size_t end) { pieces_.ends.push_back(numbers_[end - 1] + 1); }
  void looked_at(std::size_t things) { pieces_.work += static_cast<std::int64_t>(things); }

  /// Lent by the thread, so that their memory is there from run to run.
  struct Lists {
    std::vector<std::uint32_t> numbers;    ///< among all nodes
    std::vector<std::uint32_t> positions;  ///< on the list
    std::vector<std::uint64_t> signatures;
    std::vector<std::uint32_t> before;  ///< of each place, the one with the same gram before it
    std::vector<Seen> table;
    std::uint32_t search = 0;  ///< the number of the last one; entries of the table are of one search
    std::vector<Region> regions;
  };
  static thread_local constinit PerThread<Lists> spare;

  const Needed& needed_;
  const std::size_t most_;
  Lists lists_;
  std::vector<std::uint32_t>& numbers_ = lists_.numbers;
  std::vector<std::uint32_t>& positions_ = lists_.positions;
  std::vector<std::uint64_t>& signatures_ = lists_.signatures;
  Pieces pieces_;
  bool repeats_large_ = false;  ///< whether a body has large values
};

thread_local constinit PerThread<Cutting::Lists> Cutting::spare;

}  // namespace

Lengths& lengths() noexcept {
  static Lengths instance;
  return instance;
}

Pieces pieces_of(Needed& needed) {
  const std::size_t whole = lengths().whole;
  Pieces pieces;
  if (needed.count() < std::min(least_region, whole + 1)) {
    pieces.ends = {needed.count()};
    return pieces;
  }
  needed.list_nodes();
  pieces = Cutting(needed, lengths().piece).run();
  pieces.alone = pieces.alone || needed.count() > whole;
  return pieces;
}

}  // namespace xgrad::run
