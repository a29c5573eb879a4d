#include <apps/xgrad/info.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <apps/common/output.hpp>
#include <autograd/run/build_info.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::apps {

namespace {

using Json = nlohmann::ordered_json;

constexpr bool have_onnx =
#ifdef XGRAD_APPS_HAVE_ONNX
    true;
#else
    false;
#endif
constexpr bool have_live_view =
#ifdef XGRAD_APPS_HAVE_HTTPLIB
    true;
#else
    false;
#endif

const char* yes_or_no(bool truth) { return truth ? "yes" : "no"; }

/// "48 KB".
std::string in_words(std::size_t bytes) {
  if (bytes == 0) return "unknown";
  const auto b = static_cast<double>(bytes);
  if (bytes < (std::size_t{1} << 20)) return fmt::format("{:.0f} KB", b / 1024);
  if (bytes < (std::size_t{1} << 30)) return fmt::format("{:.0f} MB", b / (1 << 20));
  return fmt::format("{:.1f} GB", b / (1 << 30));
}

std::string_view name(Compiling when) {
  return when == Compiling::never ? "never" : when == Compiling::always ? "always" : "repeated";
}

int run_info(const Call& call) {
  const BuildInfo info = build_info();
  if (call.json()) {
    print(Json{{"version", info.version},
               {"compiler", info.compiler},
               {"architecture", info.architecture},
               {"processor", info.processor},
               {"cores", info.cores},
               {"memory_bytes", info.memory},
               {"cache_bytes", info.cache_sizes},
               {"instruction_sets", info.instruction_sets},
               {"blas", info.blas},
               {"compiles_loops", info.compiles_loops},
               {"why_not_compiled", info.why_not_compiled},
               {"threads", num_threads()},
               {"fusing", fusing()},
               {"planning", planning() == Planning::always ? "always" : "repeated"},
               {"compiling", name(compiling())},
               {"onnx", have_onnx},
               {"live_view", have_live_view}}
              .dump(2) +
          "\n");
    return 0;
  }
  std::string text;
  const auto line = [&](const char* what, const std::string& value) {
    text += fmt::format("{:<19} {}\n", what, value);
  };
  line("xgrad", info.version);
  line("built with", fmt::format("{} for {}", info.compiler, info.architecture));
  line("processor", fmt::format("{}, {} cores for this process", info.processor, info.cores));
  line("memory", in_words(info.memory));
  line("caches", fmt::format("L1 data {}, L2 {}, L3 {}", in_words(info.cache_sizes[0]), in_words(info.cache_sizes[1]),
                             in_words(info.cache_sizes[2])));
  line("instruction sets", info.instruction_sets.empty()
                               ? "the architecture's baseline"
                               : fmt::format("the baseline, {}", fmt::join(info.instruction_sets, ", ")));
  line("BLAS", info.blas);
  line("threads of a run", fmt::format("{} (XGRAD_NUM_THREADS, --threads)", num_threads()));
  line("fused plans", fmt::format("{} (XGRAD_FUSE), planned {} (XGRAD_PLAN)", yes_or_no(fusing()),
                                  planning() == Planning::always ? "always" : "when structures repeat"));
  line("machine code", info.compiles_loops ? fmt::format("compiled: {} (XGRAD_COMPILE)", name(compiling()))
                                           : fmt::format("no ({})", info.why_not_compiled));
  line("ONNX", have_onnx ? "yes" : "no (libonnx-dev)");
  line("live view", have_live_view ? "yes" : "no (libcpp-httplib-dev)");
  print(text);
  return 0;
}

}  // namespace

void add_info_command(Commands& commands) {
  commands.add("info", "Version, processor, BLAS, threads, caches, and what was built in", {"info", "info --json"},
               run_info);
}

}  // namespace xgrad::apps
