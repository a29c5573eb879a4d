#include <png.h>

#include <csetjmp>
#include <cstring>
#include <vector>

#include <data/images/decode.hpp>
#include <data/read/byte_reader.hpp>  // best_deflate_ratio

namespace xgrad::data {
namespace {

/// A decoder and what its callbacks use.
class PngDecoder {
 public:
  explicit PngDecoder(std::string_view bytes) : bytes_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_) info_ = png_create_info_struct(png_);
    if (png_) png_set_read_fn(png_, this, on_read);
  }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool made() const noexcept { return png_ && info_; }
  std::size_t at() const noexcept { return at_; }
  const char* message() const noexcept { return message_; }

  /// Reads what comes before the pixels. False where that failed.
  bool read_header(Image& image) noexcept {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the caller has a limit of its own
    // Texts, profiles and the like are passed over: libpng only warns of one that is longer than its limit, and asks
    // for memory for as many bytes as the file claims.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(png_, info_);
    image.height = png_get_image_height(png_, info_);
    image.width = png_get_image_width(png_, info_);
    bits_each_ = png_get_bit_depth(png_, info_) * png_get_channels(png_, info_);
    return true;
  }
  /// The most pixels that all bytes of the file, decompressed, can hold.
  std::int64_t held() const noexcept {
    return std::ssize(bytes_) * std::int64_t{io::best_deflate_ratio} * 8 / bits_each_;
  }
  /// Asks for bytes in all channels, and for memory for a row. False where that failed.
  bool begin_rows(Image& image) noexcept {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_expand(png_);
    png_set_scale_16(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    image.channels = png_get_channels(png_, info_);
    if (png_get_rowbytes(png_, info_) != static_cast<std::size_t>(image.width * image.channels))
      png_error(png_, "rows of another length than their pixels");
    return true;
  }
  /// Reads the rows, and what follows them. False where that failed.
  bool read_rows(png_bytep* rows) noexcept {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

 private:
  static void on_read(png_structp png, png_bytep out, std::size_t count) {
    auto& self = *static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (count > self.bytes_.size() - self.at_) {
      self.at_ = self.bytes_.size();
      png_error(png, "the file ends here, truncated");
    }
    std::memcpy(out, self.bytes_.data() + self.at_, count);
    self.at_ += count;
  }
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto& self = *static_cast<PngDecoder*>(png_get_error_ptr(png));
    std::strncpy(self.message_, message, sizeof self.message_ - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}

  std::string_view bytes_;
  std::size_t at_ = 0;
  int bits_each_ = 0;  ///< of a pixel in the file
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  char message_[200] = {};
};

}  // namespace

Image decode_png(std::string_view bytes, const CheckExtents& check, const RefuseImage& refuse) {
  PngDecoder decoder(bytes);
  if (!decoder.made()) refuse(0, "no memory for libpng's decoder");
  Image image;
  if (!decoder.read_header(image)) refuse(decoder.at(), decoder.message());
  check(image.height, image.width, decoder.held());
  if (!decoder.begin_rows(image)) refuse(decoder.at(), decoder.message());
  image.pixels.resize(static_cast<std::size_t>(image.height * image.width * image.channels));
  std::vector<png_bytep> rows;
  for (std::int64_t row = 0; row < image.height; ++row)
    rows.push_back(image.pixels.data() + row * image.width * image.channels);
  if (!decoder.read_rows(rows.data())) refuse(decoder.at(), decoder.message());
  return image;
}

}  // namespace xgrad::data
