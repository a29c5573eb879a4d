// Compressed data: gzip files of any number of members, and deflate data as archives hold them.
#include <algorithm>
#include <utility>

#include <autograd/error.hpp>
#include <autograd/io/compress.hpp>
#include <autograd/io/inflate.hpp>
#include <data/read/byte_reader.hpp>

#include "data/files.hpp"
#include "fuzz/target.hpp"

namespace xgrad::fuzz {
namespace {

constexpr std::size_t most = 4 << 20;

/// All bytes behind compressed ones that come in pieces of this size; "" where they are refused.
std::string inflated(io::Compression compression, std::string_view bytes, std::size_t piece) {
  std::string result;
  try {
    io::Inflater inflater(
        compression, [&] { return std::exchange(bytes, bytes.substr(std::min(piece, bytes.size()))).substr(0, piece); },
        [](std::string_view message) { fail("gzip", message); });
    std::string part(1000, '\0');
    while (result.size() < most) {
      const std::size_t count = inflater.read(part);
      result.append(part, 0, count);
      if (count < part.size()) break;
    }
    inflater.expect_end();
    return result;
  } catch (const Error&) {
    return "";
  }
}

void run(std::string_view bytes) {
  for (const io::Compression compression : {io::Compression::deflate, io::Compression::gzip})
    if (inflated(compression, bytes, 7) != inflated(compression, bytes, 1 << 16))
      found("other data where they come in other pieces");
  reads(bytes, [](const auto& path) {
    data::ByteReader reader("fuzz", path);
    if (reader.read_rest(most).size() > most) found("more bytes than were allowed");
  });
}

std::vector<std::string> seeds() {
  const test::Bytes member = test::gzip({'h', 'e', 'l', 'l', 'o'});
  const std::string one(member.begin(), member.end());
  const test::Bytes long_member = test::gzip(test::Bytes(600'000));
  std::string long_text;
  for (int i = 0; i < 300; ++i) long_text += "line " + std::to_string(i * i) + '\n';
  return {std::string(long_member.begin(), long_member.end()),
          one,
          one + one,
          one + "rest",
          io::deflated({"fuzz", ""}, "hello"),
          io::deflated({"fuzz", ""}, long_text),
          io::deflated({"fuzz", ""}, std::string(100000, ' '))};
}

const Registered target({.name = "gzip", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
