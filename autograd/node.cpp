#include <autograd/node.hpp>

#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include <autograd/per_thread.hpp>

namespace xgrad {
namespace {

union Block {
  struct {
    Block* next;
    Block* next_chain;  ///< of the first of a chain that waits at the depot
    std::size_t count;
  } free;
  alignas(Node) std::byte storage[sizeof(Node)];
};

constexpr std::size_t batch_size = 512;

struct Chain {
  Block* head;
  std::size_t count;
};

/// Free nodes that threads hand over to each other, in chains of batch_size, so that a thread that only makes nodes and
/// one that only frees them (a prefetching loader and its consumer) stay in balance.
struct Depot {
  std::mutex mutex;
  Block* chains = nullptr;
  std::vector<std::unique_ptr<Block[]>> slabs;

  void put(Chain chain) noexcept {
    chain.head->free.count = chain.count;
    const std::lock_guard lock(mutex);
    chain.head->free.next_chain = std::exchange(chains, chain.head);
  }

  Chain take() {
    const std::lock_guard lock(mutex);
    if (chains) {
      Block* head = std::exchange(chains, chains->free.next_chain);
      return {head, head->free.count};
    }
    return run::with_memory_for("record", sizeof(Block) * batch_size, [&]() -> Chain {
      slabs.push_back(std::make_unique<Block[]>(batch_size));
      Block* slab = slabs.back().get();
      for (std::size_t i = 0; i < batch_size; ++i) slab[i].free.next = i + 1 < batch_size ? slab + i + 1 : nullptr;
      return {slab, batch_size};
    });
  }
};

// Never destroyed, like the memory pool: nodes may outlive any order of destruction.
Depot& depot() {
  static Depot& instance = *new Depot;
  return instance;
}

/// A thread's own free nodes: one chain in use and one full one in reserve.
struct FreeList {
  Block* head = nullptr;
  std::size_t count = 0;
  Block* reserve = nullptr;

  void* allocate() {
    if (!head) refill();
    --count;
    return std::exchange(head, head->free.next);
  }

  void free(void* memory) noexcept {
    if (!head) hand_on_at_thread_end();
    if (count == batch_size) {
      if (reserve) depot().put({reserve, batch_size});
      reserve = std::exchange(head, nullptr);
      count = 0;
    }
    auto* block = static_cast<Block*>(memory);
    block->free.next = std::exchange(head, block);
    ++count;
  }

  /// Gives all to the depot, for other threads.
  void hand_on() noexcept {
    if (head) depot().put({head, count});
    if (reserve) depot().put({reserve, batch_size});
    *this = {};
  }

 private:
  [[gnu::noinline]] void refill() {
    hand_on_at_thread_end();
    const Chain chain = reserve ? Chain{std::exchange(reserve, nullptr), batch_size} : depot().take();
    head = chain.head;
    count = chain.count;
  }

  void hand_on_at_thread_end() noexcept;

  bool handed_on_at_end = false;  ///< whether the end of the thread is known to do it
};

thread_local constinit FreeList free_list;

void FreeList::hand_on_at_thread_end() noexcept {
  if (handed_on_at_end) return;
  try {
    at_thread_end([](void*) noexcept { free_list.hand_on(); }, nullptr);
    handed_on_at_end = true;
  } catch (...) {
    // Without memory for that, the thread's free nodes are lost when it ends.
  }
}

}  // namespace

const Primitive data_primitive{.name = "data", .doc = "Holds a value.", .traits = DataTraits{}};

Node* Node::create(const Primitive& primitive, const Shape& shape, DType dtype, std::uint64_t references,
                   const Attributes& attributes) {
  return new (free_list.allocate()) Node(primitive, shape, dtype, references, attributes);
}

void Node::free_overflow() noexcept {
  if (attributes.shared()) attributes = {};
  delete[] std::exchange(overflow, nullptr);
}

void Node::drop_recipe() noexcept {
  for (Node* node : inputs()) node->release(one_edge);
  if (overflow) free_overflow();
  recipe_dropped = recipe_dropped || primitive != &data_primitive;
  input_count = 0;
  primitive = &data_primitive;
}

void Node::destroy() noexcept {
  // Nodes that lose their last reference are chained through `inline_list[0]`'s place, once their inputs are read.
  const bool alone = single_threaded();
  Node* doomed = this;
  Node* chain = nullptr;
  while (doomed) {
    Node* const* list = doomed->overflow ? doomed->overflow : doomed->inline_list;
    for (std::uint32_t i = 0; i < doomed->input_count; ++i) {
      Node* input = list[i];
      if (input->gave_last(one_edge, alone)) {
        // An input is reached once with its last reference, so its buffer pointer may carry the chain after release.
        if (input->buffer) input->buffer->release();
        input->buffer = reinterpret_cast<run::Buffer*>(chain);
        chain = input;
      }
    }
    if (doomed->overflow) doomed->free_overflow();
    if (doomed == this && doomed->buffer) doomed->buffer->release();
    free_list.free(doomed);
    doomed = chain;
    if (chain) chain = reinterpret_cast<Node*>(chain->buffer);
  }
}

}  // namespace xgrad
