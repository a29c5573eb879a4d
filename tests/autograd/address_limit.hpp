#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>

// Of the sanitizers' libraries, where the program has one. Tests are compiled alike in every build.
extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __tsan_init();
}

namespace xgrad::test {

/// Whether memory can be limited: sanitizers take address space for their own.
inline bool can_limit_addresses() { return &__asan_init == nullptr && &__tsan_init == nullptr; }

/// While it is alive, no more address space than is in use now, and this. Without effect under sanitizers.
class AddressLimit {
 public:
  explicit AddressLimit(std::size_t more) {
    ::getrlimit(RLIMIT_AS, &before_);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more;
    if (can_limit_addresses()) ::setrlimit(RLIMIT_AS, &limit);
  }
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;
  ~AddressLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_;
};

}  // namespace xgrad::test
