#pragma once

#include <memory>
#include <utility>

namespace xgrad {

/// Calls end(object) when this thread ends, after its thread_local objects are gone, so that their destructors may use
/// tensors. The main thread does not end in this sense: destructors of static objects and what atexit() was given run
/// on it until the last. Functions that `end` registers are called too.
void at_thread_end(void (*end)(void* object) noexcept, void* object);

/// A T of each thread, made when the thread first asks for it, which lives until at_thread_end. For variables such as
/// `static thread_local constinit PerThread<Scratch> scratch;`
template <class T>
class PerThread {
 public:
  constexpr PerThread() noexcept = default;
  PerThread(const PerThread&) = delete;
  PerThread& operator=(const PerThread&) = delete;

  T& operator*() { return object_ ? *object_ : make(); }
  T* operator->() { return &**this; }
  /// The object, or null where the thread has not asked for it yet.
  T* get() const noexcept { return object_; }

 private:
  [[gnu::noinline]] T& make() {
    auto made = std::make_unique<T>();
    at_thread_end([](void* self) noexcept { delete std::exchange(static_cast<PerThread*>(self)->object_, nullptr); },
                  this);
    object_ = made.release();
    return *object_;
  }

  T* object_ = nullptr;
};

}  // namespace xgrad
