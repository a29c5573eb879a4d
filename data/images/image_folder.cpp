#include <data/images/image_folder.hpp>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>

namespace xgrad::data {
namespace {

using std::filesystem::path;

constexpr const char* where = "ImageFolder";

[[noreturn]] void refuse(const path& place, const std::string& message) {
  fail(where, fmt::format("'{}': {}", place.string(), message));
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The folders in a directory, by name.
std::vector<path> folders_of(const path& root) {
  std::vector<path> folders;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;  // is no folder
    if (entry->is_directory(unreadable)) folders.push_back(entry->path());
  }
  if (error) refuse(root, fmt::format("cannot be read ({})", error.message()));
  std::ranges::sort(folders, {}, [](const path& folder) { return folder.filename().string(); });
  return folders;
}

/// Refuses a link to a folder that it is in, which would have no end.
void check_link(const path& link) {
  std::error_code error;
  if (!is_symlink(link, error) || !is_directory(link, error)) return;
  const path target = canonical(link, error), place = canonical(link.parent_path(), error);
  if (!error && std::ranges::mismatch(target, place).in1 == target.end())
    refuse(link, fmt::format("a link to '{}', a folder that it is in", target.string()));
}

/// The image files below a folder, by folder and name.
std::vector<path> images_of(const path& folder, const std::vector<std::string>& extensions) {
  std::vector<path> files;
  std::error_code error;
  const auto follow = std::filesystem::directory_options::follow_directory_symlink;
  for (std::filesystem::recursive_directory_iterator entry(folder, follow, error), end; !error && entry != end;
       entry.increment(error)) {
    check_link(entry->path());
    const std::string name = lower(entry->path().filename().string());
    std::error_code unreadable;  // is no file
    if (std::ranges::any_of(extensions,
                            [&](const std::string& extension) { return name.ends_with(lower(extension)); }) &&
        entry->is_regular_file(unreadable))
      files.push_back(entry->path());
  }
  if (error) refuse(folder, fmt::format("cannot be read ({})", error.message()));
  std::ranges::sort(files, {},
                    [](const path& file) { return std::pair(file.parent_path().string(), file.filename().string()); });
  return files;
}

void check_options(const ImageFolderOptions& options) {
  if (options.channels && *options.channels != 1 && *options.channels != 3)
    fail(where, fmt::format(".channels is {}; expected 1 or 3, or none given", *options.channels));
  if (options.size && (options.size->height < 1 || options.size->width < 1))
    fail(where, fmt::format(".size is {}x{}; expected at least 1x1", options.size->height, options.size->width));
  if (options.extensions.empty()) fail(where, ".extensions has none; expected one or more");
  if (options.max_pixels < 1) fail(where, fmt::format(".max_pixels is {}; expected 1 or more", options.max_pixels));
}

}  // namespace

struct ImageFolder::Files {
  Files(const path& root, const ImageFolderOptions& given) : options(given) {
    check_options(options);
    const std::vector<path> folders = folders_of(root);
    if (folders.empty()) refuse(root, "has no folders; expected one for each class");
    std::vector<std::string> without;
    for (const path& folder : folders) {
      const std::vector<path> images = images_of(folder, options.extensions);
      if (images.empty()) without.push_back("'" + folder.filename().string() + "'");
      files.insert(files.end(), images.begin(), images.end());
      targets.resize(files.size(), std::ssize(classes));
      classes.push_back(folder.filename().string());
    }
    if (!without.empty())
      refuse(root, fmt::format("no images in the folders {}; expected files that end with {}", fmt::join(without, ", "),
                               fmt::join(options.extensions, ", ")));
  }

  Batch get(std::int64_t index) const {
    const auto i = static_cast<std::size_t>(index);
    const Image image = read_image(files[i], {.channels = options.channels, .max_pixels = options.max_pixels});
    return {options.size ? fit(image, *options.size) : to_tensor(image), Tensor(targets[i])};
  }

  ImageFolderOptions options;
  std::vector<path> files;
  std::vector<std::int64_t> targets;
  std::vector<std::string> classes;
};

ImageFolder::ImageFolder(const path& root, const ImageFolderOptions& options)
    : ImageFolder(std::make_shared<const Files>(root, options)) {}

ImageFolder::ImageFolder(std::shared_ptr<const Files> files)
    : Dataset<Batch>(std::ssize(files->files), [files](std::int64_t index) { return files->get(index); }),
      files_(std::move(files)) {}

const std::vector<std::string>& ImageFolder::classes() const noexcept { return files_->classes; }
const std::vector<path>& ImageFolder::files() const noexcept { return files_->files; }
const std::vector<std::int64_t>& ImageFolder::targets() const noexcept { return files_->targets; }

}  // namespace xgrad::data
