// NumPy's .npz archives. The checksums of members are corrected where they can be found, so that what is behind them is
// reached.
#include <algorithm>
#include <cstring>

#include <autograd/io/compress.hpp>

#include "tensor_files.hpp"

namespace xgrad::fuzz {
namespace {

constexpr std::int64_t most = 16 << 20;

/// An archive of stored members whose checksums are those of their data, as far as lengths and offsets can be followed.
std::string corrected(std::string bytes) {
  const auto number = [&](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, size);
    return std::size_t{value};
  };
  constexpr std::size_t directory_entry = 46, local_entry = 30;
  for (std::size_t at = 0; (at = bytes.find("PK\1\2", at)) != std::string::npos; at += 4) {
    if (bytes.size() - at < directory_entry || number(at + 10, 2) != 0) continue;
    const std::size_t length = number(at + 20, 4), local = number(at + 42, 4);
    if (local > bytes.size() || bytes.size() - local < local_entry) continue;
    const std::size_t begin = local + local_entry + number(local + 26, 2) + number(local + 28, 2);
    if (begin > bytes.size() || bytes.size() - begin < length) continue;
    const std::uint32_t checksum = io::checksum(0, std::string_view(bytes).substr(begin, length));
    std::memcpy(bytes.data() + at + 16, &checksum, sizeof checksum);
    std::memcpy(bytes.data() + local + 14, &checksum, sizeof checksum);
  }
  return bytes;
}

void read(std::string_view bytes) {
  static const Scratch scratch;
  reads(bytes, [](const auto& path) {
    const std::map<std::string, Tensor> tensors = load_npz(path, {.max_bytes = most});
    try {
      save_npz(scratch / "again", tensors);
    } catch (const Error&) {
      return;  // names that may be read and not written
    }
    const std::map<std::string, Tensor> again = load_npz(scratch / "again");
    if (again.size() != tensors.size()) found("other members after they were written again");
    for (const auto& [name, x] : tensors) expect_equal(x, again.at(name));
  });
}

void run(std::string_view bytes) {
  read(bytes);
  if (std::string other = corrected(std::string(bytes)); other != bytes) read(other);
}

std::vector<std::string> seeds() {
  const Scratch scratch;
  std::vector<std::string> list;
  const auto add = [&](const std::map<std::string, Tensor>& tensors, const NpzOptions& options) {
    save_npz(scratch / "file", tensors, options);
    list.push_back(contents(scratch / "file"));
  };
  for (const NpzCompression compression : {NpzCompression::stored, NpzCompression::deflated}) {
    add(example_tensors(), {.compression = compression, .dtypes = {{"n", StoredDType::int16}}});
    add({{"x", tensor({1, 2})}}, {.compression = compression});
    add({{"large", zeros({400, 250})}}, {.compression = compression});
    add({}, {.compression = compression});
  }
  return list;
}

const Registered target({.name = "npz", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
