// Images and labels as MNIST has them, plain and compressed.
#include <data/idx.hpp>

#include "data/files.hpp"
#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

constexpr std::int64_t most = 16 << 20;

void run(std::string_view bytes) {
  for (const int rank : {1, 3}) {
    reads(bytes, [&](const auto& path) {
      const data::IdxArray array = data::read_idx(path, rank, {.max_bytes = most});
      std::int64_t values = 1;
      for (const std::int64_t extent : array.shape) values *= extent;
      if (std::ssize(array.shape) != rank || std::ssize(array.values) != values || values > most)
        found("an array of another size than its shape");
    });
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> list;
  const auto add = [&](const test::Bytes& bytes) {
    list.emplace_back(bytes.begin(), bytes.end());
    const test::Bytes packed = test::gzip(bytes);
    list.emplace_back(packed.begin(), packed.end());
  };
  add(test::idx({5}, {1, 2, 3, 4, 255}));
  add(test::idx({2, 3, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  add(test::idx({0, 28, 28}, {}));
  add(test::idx({700, 28, 28}, test::Bytes(700 * 784)));
  add(test::idx({0xffffffff, 0xffffffff, 0xffffffff}, {1, 2, 3}));
  return list;
}

const Registered target({.name = "idx", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
