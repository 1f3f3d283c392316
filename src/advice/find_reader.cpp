// Which reader a file or folder is for.

#include "advice/find_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/arrow_table.h"
#include "data/csv_table.h"
#include "data/workbook.h"

namespace dlrun {
namespace {

FileSystem& files() { return FileSystem::instance(); }

bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return name.ends_with(ending); });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_picture(const std::string& name) {
  return ends_with_any(lower(name), {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"});
}

// The last part of the path without its endings.
std::string bare_name(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, std::max<size_t>(1, name.find('.')));
}

bool holds_idx(const std::string& folder) {
  const std::vector<std::string> names = files().list(folder);
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.starts_with("train-images-idx3-ubyte"); });
}

// Whether some folder below this one holds pictures, at most so many levels down.
bool holds_pictures(const std::string& folder, int levels) {
  const std::vector<std::string> names = files().list(folder);
  if (std::any_of(names.begin(), names.end(), is_picture)) return true;
  if (levels == 0) return false;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const std::string inner = folder + "/" + name;
    return files().kind(inner) == FileKind::folder && !files().is_link(inner) && holds_pictures(inner, levels - 1);
  });
}

void find_in_folder(const LookOptions& options, DataLook& look) {
  look.kind = DataLook::Kind::pictures;
  if (holds_idx(options.path)) {
    look.keys = {"type: idx", "path: " + quoted(options.path)};
    return;
  }
  const std::vector<std::string> names = files().list(options.path);
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (!holds_pictures(options.path, 2))
    throw UserError(ExitCode::usage, options.path +
                                         ": a folder without pictures in subfolders and without IDX files; give the "
                                         "file of a table, a series or texts, or write the recipe's data by hand: "
                                         "dlrun list data");
  look.keys = {"type: image_folder", "path: " + quoted(options.path)};
  if (has("train")) {
    look.has_val = has("val");
    look.test = has("test") ? "" : look.test;
  }
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + "\"";
}

DataLook find_reader(const LookOptions& options) {
  DataLook look;
  look.name = bare_name(options.path);
  look.test = options.test.empty() ? "{split: 0.2}" : "{path: " + quoted(options.test) + "}";
  switch (files().kind(options.path)) {
    case FileKind::none:
      throw UserError(ExitCode::no_input, options.path + ": no such file or folder");
    case FileKind::folder:
      find_in_folder(options, look);
      break;
    default: {
      const std::string name = lower(options.path);
      if (ends_with_any(name, {".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt", ".data", ".tab"}) || is_json_lines(name) ||
          is_workbook(name) || is_arrow_table(name)) {
        find_columns(options, look);
      } else if (ends_with_any(name, {".ts", ".ts.gz"})) {
        look.kind = DataLook::Kind::series;
        look.keys = {"type: ts", "path: " + quoted(options.path)};
      } else if (ends_with_any(name, {".tar", ".tar.gz", ".tgz", ".zip"})) {
        look.kind = DataLook::Kind::pictures;
        look.keys = {"type: image_folder", "path: " + quoted(options.path)};
      } else {
        throw UserError(
            ExitCode::usage,
            options.path +
                ": advise knows tables (.csv, .tsv, .jsonl, .xlsx, .parquet), series (.ts), folders and archives of "
                "pictures, and IDX files by their names; for other data write the recipe's data by "
                "hand: dlrun list data");
      }
    }
  }
  if (look.keys[0] != "type: csv" && look.keys[0] != "type: text_table" && !options.target.empty())
    throw UserError(ExitCode::usage, "--target: names a column of a table, and " + options.path + " is none");
  if (!options.test.empty() && look.kind == DataLook::Kind::pictures)
    throw UserError(ExitCode::usage, "--test: is a second file of a table; pictures have a folder called test");
  return look;
}

}  // namespace dlrun
