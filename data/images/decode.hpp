#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include <data/images/image.hpp>

/// What stands between libpng, libjpeg and C++: their errors leave by longjmp, which must not pass over destructors. In
/// png.cpp and jpeg.cpp a function that calls setjmp has no objects with destructors, and what it needs belongs to its
/// caller.
namespace xgrad::data {

/// Throws an Error with the message for a byte of the file.
using RefuseImage = std::function<void(std::size_t byte, std::string_view message)>;
/// Refuses extents of more pixels than are allowed, or than the file can hold, which are `held` at most. Decoders ask
/// it before they ask for memory.
using CheckExtents = std::function<void(std::int64_t height, std::int64_t width, std::int64_t held)>;

Image decode_png(std::string_view bytes, const CheckExtents& check, const RefuseImage& refuse);
/// CMYK comes as red, green and blue.
Image decode_jpeg(std::string_view bytes, const CheckExtents& check, const RefuseImage& refuse);

}  // namespace xgrad::data
