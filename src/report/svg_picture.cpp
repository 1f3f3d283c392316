// librsvg's and cairo's functions, loaded by name, and one picture with them.

#include "report/svg_picture.h"

#include <dlfcn.h>

#include <cmath>
#include <memory>

#include "base/error.h"

namespace dlrun {
namespace {

// As in librsvg/rsvg.h and cairo.h, whose structures stay theirs.
struct RsvgArea {
  double x, y, width, height;
};
constexpr int argb32 = 0, no_problem = 0;
using WriteBytes = int (*)(void* context, const unsigned char* bytes, unsigned int count);

struct Painter {
  std::string problem;
  void* (*read)(const unsigned char* bytes, size_t count, void** error) = nullptr;
  int (*size)(void* picture, double* width, double* height) = nullptr;
  int (*render)(void* picture, void* context, const RsvgArea* area, void** error) = nullptr;
  void (*forget)(void* object) = nullptr;
  void* (*surface)(int format, int width, int height) = nullptr;
  void* (*context)(void* surface) = nullptr;
  int (*write)(void* surface, WriteBytes take, void* context) = nullptr;
  void (*end_context)(void* context) = nullptr;
  void (*end_surface)(void* surface) = nullptr;

  Painter() {
    void* const rsvg = open("librsvg-2.so.2");
    void* const cairo = rsvg ? open("libcairo.so.2") : nullptr;
    void* const gobject = cairo ? open("libgobject-2.0.so.0") : nullptr;
    if (!gobject) return;
    find_in(rsvg, "rsvg_handle_new_from_data", read);
    find_in(rsvg, "rsvg_handle_get_intrinsic_size_in_pixels", size);
    find_in(rsvg, "rsvg_handle_render_document", render);
    find_in(gobject, "g_object_unref", forget);
    find_in(cairo, "cairo_image_surface_create", surface);
    find_in(cairo, "cairo_create", context);
    find_in(cairo, "cairo_surface_write_to_png_stream", write);
    find_in(cairo, "cairo_destroy", end_context);
    find_in(cairo, "cairo_surface_destroy", end_surface);
  }

  void* open(const char* name) {
    void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) problem = dlerror();
    return library;
  }

  template <class Function>
  void find_in(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (!function && problem.empty()) problem = std::string("librsvg is older than 2.52: it has no ") + name;
  }
};

const Painter& painter() {
  static const Painter loaded;
  return loaded;
}

int take_bytes(void* text, const unsigned char* bytes, unsigned int count) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), count);
  return no_problem;
}

}  // namespace

std::string png_problem() { return painter().problem; }

std::string png_of_svg(const std::string& svg, double scale) {
  const Painter& by = painter();
  if (!by.problem.empty())
    throw UserError(ExitCode::no_input, "librsvg cannot be loaded, and PNG files of curves are made by it: " +
                                            by.problem + "\nInstall it (Debian: librsvg2-2), or take the SVG.");
  const auto refuse = [] { throw UserError(ExitCode::bad_data, "the picture is no SVG that librsvg can draw"); };
  const std::shared_ptr<void> picture(by.read(reinterpret_cast<const unsigned char*>(svg.data()), svg.size(), nullptr),
                                      [&](void* object) {
                                        if (object) by.forget(object);
                                      });
  double width = 0, height = 0;
  if (!picture || !by.size(picture.get(), &width, &height) || !(width * height > 0)) refuse();
  const RsvgArea area = {0, 0, width * scale, height * scale};
  const std::shared_ptr<void> surface(
      by.surface(argb32, static_cast<int>(std::ceil(area.width)), static_cast<int>(std::ceil(area.height))),
      by.end_surface);
  const std::shared_ptr<void> context(by.context(surface.get()), by.end_context);
  std::string png;
  if (!by.render(picture.get(), context.get(), &area, nullptr) ||
      by.write(surface.get(), take_bytes, &png) != no_problem)
    refuse();
  return png;
}

}  // namespace dlrun
