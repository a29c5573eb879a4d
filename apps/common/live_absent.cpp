// LiveView of a build without cpp-httplib.

#include <apps/common/live.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

struct LiveView::Server {};

LiveView::LiveView(const Options&) {
  fail("--serve",
       "this program was built without cpp-httplib (Debian: libcpp-httplib-dev), so it cannot show its results live");
}

LiveView::~LiveView() = default;

int LiveView::port() const { return 0; }

std::string LiveView::address() const { return ""; }

bool LiveView::due() const { return false; }

void LiveView::update(std::vector<Figure>) {}

void LiveView::status(const LiveStatus&) {}

void LiveView::end(std::string) {}

}  // namespace xgrad::apps
