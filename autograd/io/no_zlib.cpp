#include <autograd/error.hpp>
#include <autograd/io/compress.hpp>
#include <autograd/io/inflate.hpp>
#include <autograd/io/png.hpp>

// Of a build without zlib: XGRAD_ZLIB=OFF.

struct z_stream_s {};

namespace xgrad::io {
namespace {

constexpr const char* reason = "xgrad was built without zlib (XGRAD_ZLIB=OFF)";

}  // namespace

std::uint32_t checksum(std::uint32_t, std::string_view) { fail("checksum", reason); }

std::string deflated(const Place& place, std::string_view) { place.refuse(reason); }

std::string png(std::string_view, std::int64_t, std::int64_t, int) { fail("png", reason); }

Inflater::Inflater(Compression, More, Refuse refuse) : refuse_(std::move(refuse)) {
  refuse_(reason);
  fail("inflate", reason);
}

Inflater::~Inflater() = default;

std::size_t Inflater::read(std::span<char>) { fail("inflate", reason); }

void Inflater::expect_end() { fail("inflate", reason); }

}  // namespace xgrad::io
