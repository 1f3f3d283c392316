// The engine's catalog, written at build time and embedded here.

#include "catalog_data.h"

#include <string>

#include "base/error.h"
#include "spec/catalog_json.h"

extern "C" {
extern const char dlrun_catalog_begin[];
extern const char dlrun_catalog_end[];
}

asm(".section .rodata\n"
    ".global dlrun_catalog_begin\n"
    ".global dlrun_catalog_end\n"
    "dlrun_catalog_begin:\n"
    ".incbin \"" DLRUN_CATALOG_FILE
    "\"\n"
    "dlrun_catalog_end:\n"
    ".byte 0\n"
    ".previous\n");

namespace dlrun {

const Catalog& engine_catalog() {
  static const bool loaded = [] {
    load_catalog(std::string(dlrun_catalog_begin, dlrun_catalog_end));
    return true;
  }();
  static_cast<void>(loaded);
  return Catalog::instance();
}

std::shared_ptr<Params> new_recipe() {
  const Entry* entry = engine_catalog().find("recipe", "recipe");
  if (!entry) throw UserError(ExitCode::bug, "the catalog of this build has no recipe; build dlrun again");
  return entry->make();
}

}  // namespace dlrun
