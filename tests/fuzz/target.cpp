#include "target.hpp"

#include <algorithm>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

#include <autograd/error.hpp>

namespace xgrad::fuzz {
namespace {

std::vector<Target>& registered() {
  static std::vector<Target> list;
  return list;
}

}  // namespace

std::vector<Target> targets() {
  std::vector<Target> list = registered();
  std::ranges::sort(list, {}, &Target::name);
  return list;
}

Registered::Registered(Target target) { registered().push_back(std::move(target)); }

File::File(std::string_view bytes) : descriptor_(::memfd_create("xgrad-fuzz", MFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::runtime_error("memfd_create fails");
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count <= 0) throw std::runtime_error("no memory for a file");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

File::~File() { ::close(descriptor_); }

void found(const std::string& what) { throw std::runtime_error(what); }

bool reads(std::string_view bytes, const std::function<void(const std::filesystem::path&)>& read) {
  const File file(bytes);
  try {
    read(file.path());
    return true;
  } catch (const Error& error) {
    const std::string text = error.what();
    if (text.find(file.path().string()) == std::string::npos) found("an Error that does not name the file: " + text);
    return false;
  }
}

}  // namespace xgrad::fuzz
