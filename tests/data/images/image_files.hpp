#pragma once

#include <png.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

// After <cstdio>, whose types it uses.
#include <jpeglib.h>

#include "data/files.hpp"

/// Files of images, written by libpng and libjpeg.
namespace xgrad::test {

struct PngForm {
  int color_type = PNG_COLOR_TYPE_RGB;
  int bit_depth = 8;
  bool interlaced = false;
  std::vector<png_color> palette = {};
  std::vector<std::uint8_t> palette_alpha = {};
  int transparent_grey = -1;  ///< a tRNS chunk of a grey image
  double gamma = 0;           ///< a gAMA chunk, where it is not 0
};

class CFile {
 public:
  explicit CFile(const std::filesystem::path& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (!file_) throw std::runtime_error("cannot write " + path.string());
  }
  CFile(const CFile&) = delete;
  CFile& operator=(const CFile&) = delete;
  ~CFile() { std::fclose(file_); }
  std::FILE* get() const { return file_; }

 private:
  std::FILE* file_;
};

/// rows: each as PNG stores it, pixels of less than 8 bits packed.
inline void write_png(const std::filesystem::path& path, std::uint32_t width, const PngForm& form,
                      std::vector<Bytes> rows) {
  const CFile file(path);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file.get());
  png_set_IHDR(png, info, width, static_cast<png_uint_32>(rows.size()), form.bit_depth, form.color_type,
               form.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (!form.palette.empty()) png_set_PLTE(png, info, form.palette.data(), static_cast<int>(form.palette.size()));
  if (!form.palette_alpha.empty())
    png_set_tRNS(png, info, form.palette_alpha.data(), static_cast<int>(form.palette_alpha.size()), nullptr);
  if (form.transparent_grey >= 0) {
    png_color_16 color = {};
    color.gray = static_cast<png_uint_16>(form.transparent_grey);
    png_set_tRNS(png, info, nullptr, 0, &color);
  }
  if (form.gamma > 0) png_set_gAMA(png, info, form.gamma);
  std::vector<png_bytep> places;
  for (Bytes& row : rows) places.push_back(row.data());
  png_set_rows(png, info, places.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
}

struct JpegForm {
  J_COLOR_SPACE color_space = JCS_RGB;
  int channels = 3;
  int quality = 100;
  bool progressive = false;
};

inline void write_jpeg(const std::filesystem::path& path, std::uint32_t width, std::uint32_t height, Bytes pixels,
                       const JpegForm& form) {
  const CFile file(path);
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, file.get());
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = form.channels;
  jpeg.in_color_space = form.color_space;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, form.quality, TRUE);
  for (int i = 0; i < jpeg.num_components; ++i) jpeg.comp_info[i].h_samp_factor = jpeg.comp_info[i].v_samp_factor = 1;
  if (form.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (std::uint32_t row = 0; row < height; ++row) {
    JSAMPROW place = pixels.data() + static_cast<std::size_t>(row) * width * static_cast<std::size_t>(form.channels);
    jpeg_write_scanlines(&jpeg, &place, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
}

inline Bytes read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace xgrad::test
