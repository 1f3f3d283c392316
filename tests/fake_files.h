// A file system in memory for tests: it can fail at any call, and it knows what a crash would leave behind.
//
// What was synced is durable. Of the rest a crash keeps anything: contents whole, in part, as zeros or not at all;
// entries of folders in any selection. A rename is one change: it happened or it did not, as on every journaling file
// system.

#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"

namespace dlrun::test {

class FakeFiles final : public FileSystem {
 public:
  FakeFiles() { nodes_[0].kind = FileKind::folder; }
  // An installed copy becomes the one in use.
  void install() { FileSystem::replace(this); }
  ~FakeFiles() override {
    if (&FileSystem::instance() == this) FileSystem::replace(nullptr);
  }
  FakeFiles(const FakeFiles& other) : nodes_(other.nodes_), pending_(other.pending_), next_(other.next_) {}

  int64_t calls = 0;              // that change something
  int64_t fail_at = -1;           // this call fails
  int64_t fail_writes_from = -1;  // from this call on nothing new can be written, as on a full disk
  int64_t fail_all_from = -1;     // from this call on everything fails
  std::function<void()> before_call;

  enum class Crash { nothing_more, everything, prefix, any };
  // What is found after a crash now.
  FakeFiles after_crash(Crash kind, Random& random) const {
    FakeFiles result;
    result.nodes_ = nodes_;
    result.next_ = next_;
    for (auto& [id, node] : result.nodes_) {
      node.entries = node.durable_entries;
      node.bytes = kind == Crash::nothing_more ? node.durable_bytes
                   : kind == Crash::everything ? node.bytes
                                               : torn(node, random);
    }
    int64_t length = static_cast<int64_t>(pending_.size());
    int64_t until = kind == Crash::nothing_more ? 0 : kind == Crash::prefix ? random.below(length + 1) : length;
    for (int64_t i = 0; i < until; ++i) {
      if (kind == Crash::any && random.chance(0.5)) continue;
      result.apply(pending_[static_cast<size_t>(i)], &Node::entries);
    }
    for (auto& [id, node] : result.nodes_) {
      node.durable_bytes = node.bytes;
      node.durable_entries = node.entries;
    }
    return result;
  }

  std::unique_ptr<FileWriter> open_for_writing(const std::string& path, WriteMode mode) override {
    call(path, true);
    auto [folder, name] = place(path);
    int64_t id = find(path);
    if (id < 0) {
      id = next_++;
      nodes_[id].kind = FileKind::file;
      change({{folder, name, id}});
    }
    if (mode != WriteMode::append) nodes_[id].bytes.clear();
    return std::make_unique<Writer>(*this, path, id);
  }
  void sync_folder(const std::string& path) override {
    call(path, false);
    int64_t folder = need(path);
    std::vector<Change> left;
    for (const Change& change : pending_) {
      bool touches = std::any_of(change.begin(), change.end(), [&](const Entry& e) { return e.folder == folder; });
      if (touches) {
        apply(change, &Node::durable_entries);
      } else {
        left.push_back(change);
      }
    }
    pending_ = left;
  }
  void rename(const std::string& from, const std::string& to) override {
    call(from, false);
    int64_t id = need(from), replaced = find(to);
    if (replaced >= 0 && !nodes_[replaced].entries.empty()) throw UserError(ExitCode::cannot_write, to + ": not empty");
    auto [from_folder, from_name] = place(from);
    auto [to_folder, to_name] = place(to);
    change({{from_folder, from_name, -1}, {to_folder, to_name, id}});
  }
  void remove(const std::string& path) override {
    int64_t id = find(path);
    if (id < 0) return;
    call(path, false);
    if (!nodes_[id].entries.empty()) throw UserError(ExitCode::cannot_write, path + ": not empty");
    auto [folder, name] = place(path);
    change({{folder, name, -1}});
  }
  void create_folder(const std::string& path) override {
    if (kind(path) == FileKind::folder) return;
    call(path, true);
    auto [folder, name] = place(path);
    nodes_[next_].kind = FileKind::folder;
    change({{folder, name, next_++}});
  }
  void truncate(const std::string& path, uint64_t size) override {
    call(path, false);
    Node& node = nodes_[need(path)];
    node.bytes.resize(size);
    node.durable_bytes = node.bytes;
  }
  FileBytes map(const std::string& path) override {
    const std::string& bytes = nodes_[need(path)].bytes;
    std::shared_ptr<std::byte[]> copy(new std::byte[bytes.size() + 1]);
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    std::span<std::byte> view(copy.get(), bytes.size());
    return {std::shared_ptr<void>(copy, copy.get()), view};
  }
  void read(const std::string& path, const std::function<void(std::span<const std::byte>)>& take,
            uint64_t most) override {
    const FileBytes file = map(path);
    take(file.bytes.first(std::min<uint64_t>(file.bytes.size(), most)));
  }
  std::vector<std::string> list(const std::string& folder) override {
    std::vector<std::string> names;
    for (const auto& [name, id] : nodes_[need(folder)].entries) names.push_back(name);
    return names;
  }
  FileKind kind(const std::string& path) override {
    int64_t id = find(path);
    return id < 0 ? FileKind::none : nodes_[id].kind;
  }
  bool is_link(const std::string&) override { return false; }
  std::string link_target(const std::string& path) override { return path; }
  uint64_t size(const std::string& path) override { return nodes_[need(path)].bytes.size(); }
  uint64_t free_space(const std::string&) override { return uint64_t{1} << 40; }

 private:
  using Entries = std::map<std::string, int64_t>;
  struct Node {
    FileKind kind = FileKind::none;
    std::string bytes, durable_bytes;
    Entries entries, durable_entries;
  };
  struct Entry {
    int64_t folder;
    std::string name;
    int64_t node;  // -1: gone
  };
  using Change = std::vector<Entry>;

  struct Writer final : FileWriter {
    Writer(FakeFiles& files, std::string path, int64_t id) : files_(files), path_(std::move(path)), id_(id) {}
    void write(std::span<const std::byte> bytes) override {
      std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      std::string& content = files_.nodes_[id_].bytes;
      try {
        files_.call(path_, true);
      } catch (const UserError&) {
        content += text.substr(0, text.size() / 2);  // A full disk takes what fits.
        throw;
      }
      content += text;
    }
    void sync() override {
      files_.call(path_, true);
      files_.nodes_[id_].durable_bytes = files_.nodes_[id_].bytes;
    }
    FakeFiles& files_;
    std::string path_;
    int64_t id_;
  };

  void call(const std::string& path, bool needs_space) {
    if (before_call) before_call();
    int64_t number = calls++;
    bool full = needs_space && fail_writes_from >= 0 && number >= fail_writes_from;
    bool dead = fail_all_from >= 0 && number >= fail_all_from;
    if (number == fail_at || full || dead) throw UserError(ExitCode::io_error, path + ": injected fault");
  }
  void apply(const Change& change, Entries Node::*entries) {
    for (const Entry& entry : change) {
      Entries& names = nodes_[entry.folder].*entries;
      if (entry.node < 0) {
        names.erase(entry.name);
      } else {
        names[entry.name] = entry.node;
      }
    }
  }
  void change(const Change& change) {
    apply(change, &Node::entries);
    pending_.push_back(change);
  }
  static std::string torn(const Node& node, Random& random) {
    switch (random.below(4)) {
      case 0:
        return node.durable_bytes;
      case 1:
        return node.bytes;
      case 2:
        return node.bytes == node.durable_bytes ? node.bytes : std::string(node.bytes.size(), '\0');
      default: {
        int64_t low = static_cast<int64_t>(std::min(node.bytes.size(), node.durable_bytes.size()));
        int64_t high = static_cast<int64_t>(node.bytes.size());
        return node.bytes.substr(0, static_cast<size_t>(low + random.below(high - low + 1)));
      }
    }
  }
  int64_t find(const std::string& path) const {
    int64_t id = 0;
    for (size_t start = 0; start < path.size();) {
      size_t slash = std::min(path.find('/', start), path.size());
      std::string name = path.substr(start, slash - start);
      start = slash + 1;
      if (name.empty()) continue;
      const Entries& entries = nodes_.at(id).entries;
      auto found = entries.find(name);
      if (found == entries.end()) return -1;
      id = found->second;
    }
    return id;
  }
  int64_t need(const std::string& path) const {
    int64_t id = find(path);
    if (id < 0) throw UserError(ExitCode::no_input, path + ": not there");
    return id;
  }
  std::pair<int64_t, std::string> place(const std::string& path) const {
    size_t slash = path.find_last_of('/');
    int64_t folder = find(path.substr(0, slash));
    if (folder < 0) throw UserError(ExitCode::cannot_write, path + ": no folder for it");
    return {folder, path.substr(slash + 1)};
  }

  std::map<int64_t, Node> nodes_;  // 0 is the root
  std::vector<Change> pending_;    // to folders, not yet durable
  int64_t next_ = 1;
};

}  // namespace dlrun::test
