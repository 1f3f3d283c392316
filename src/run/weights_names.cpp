// The names in weights files, brought to those of the network.

#include "run/weights_names.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "run/weights.h"

namespace dlrun {
namespace {

constexpr std::string_view wrappers[] = {"module.", "_orig_mod.", "model."};

class Renaming {
 public:
  Renaming(const std::vector<NamedTensor>& slots, TensorList tensors, const std::string& source)
      : slots_(slots), source_(source) {
    for (const NamedTensor& slot : slots) known_.insert(slot.name);
    result_.tensors = std::move(tensors);
  }

  Renamed run(const NameRules& rules) {
    if (!rules.prefix.empty()) take_prefix(rules.prefix);
    while (unwrap()) {
    }
    rename(rules.renamed);
    add_base(rules);
    leave_constants(rules.constants);
    for (const auto& [name, slot] : rules.tied) untie(name, slot);
    keep_counts();
    return std::move(result_);
  }

 private:
  template <class... Arguments>
  void note(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    result_.notes.push_back(source_ + ": " + fmt::format(text, std::forward<Arguments>(arguments)...));
  }
  bool all_begin(std::string_view start) const {
    return std::all_of(result_.tensors.begin(), result_.tensors.end(),
                       [&](const auto& each) { return each.first.starts_with(start); });
  }
  bool any_begins(std::string_view start) const {
    return std::any_of(result_.tensors.begin(), result_.tensors.end(),
                       [&](const auto& each) { return each.first.starts_with(start); });
  }
  bool any_slot_begins(std::string_view start) const {
    return std::any_of(slots_.begin(), slots_.end(), [&](const auto& slot) { return slot.name.starts_with(start); });
  }
  at::Tensor* find(std::string_view name) {
    for (auto& [other, tensor] : result_.tensors)
      if (other == name) return &tensor;
    return nullptr;
  }

  void take_prefix(const std::string& prefix) {
    if (!any_begins(prefix))
      throw UserError(ExitCode::bad_data,
                      fmt::format("{}: no name begins with the pretrained_prefix \"{}\"; the first "
                                  "is \"{}\"",
                                  source_, prefix, result_.tensors.empty() ? "" : result_.tensors[0].first));
    const size_t left_out =
        std::erase_if(result_.tensors, [&](const auto& each) { return !each.first.starts_with(prefix); });
    for (auto& [name, tensor] : result_.tensors) name.erase(0, prefix.size());
    note("names without their beginning '{}', as pretrained_prefix says{}", prefix,
         left_out == 0 ? "" : fmt::format("; {} tensors without it were left out", left_out));
  }

  bool unwrap() {
    for (const std::string_view wrapper : wrappers) {
      if (result_.tensors.empty() || !all_begin(wrapper) || any_slot_begins(wrapper)) continue;
      for (auto& [name, tensor] : result_.tensors) name.erase(0, wrapper.size());
      note("names without '{}', with which all of them began", wrapper);
      return true;
    }
    return false;
  }

  void rename(const std::vector<std::pair<std::string, std::string>>& rules) {
    constexpr size_t longest = 1000;  // The library's matcher takes a name as deep recursion.
    size_t count = 0;
    std::string first;
    for (const auto& [expression, becomes] : rules) {
      const std::regex matcher(expression);
      for (auto& [name, tensor] : result_.tensors) {
        if (known_.contains(name) || name.size() > longest || !std::regex_search(name, matcher)) continue;
        const std::string renamed = std::regex_replace(name, matcher, becomes);
        if (++count == 1) first = name + " is " + renamed;
        name = renamed;
      }
    }
    if (count > 0)
      note("{} names of another library or an older version of this one were translated: {}", count, first);
  }

  void add_base(const NameRules& rules) {
    if (slots_.empty()) return;
    const std::string base = slots_[0].name.substr(0, slots_[0].name.find('.') + 1);
    if (base.empty() || any_begins(base)) return;
    for (const NamedTensor& slot : slots_)
      if (!slot.name.starts_with(base)) return;
    const auto fits = [&](const auto& each) { return known_.contains(base + each.first); };
    if (std::none_of(result_.tensors.begin(), result_.tensors.end(), fits)) return;
    for (auto& [name, tensor] : result_.tensors) {
      const auto other = [&name = name](const auto& pair) { return pair.first == name; };
      if (std::none_of(rules.tied.begin(), rules.tied.end(), other)) name.insert(0, base);
    }
    note("'{}' was added to its names, which belong to the network without a head", base);
  }

  void leave_constants(const std::vector<std::string>& constants) {
    const size_t left_out = std::erase_if(result_.tensors, [&](const auto& each) {
      if (known_.contains(each.first)) return false;
      return std::any_of(constants.begin(), constants.end(),
                         [&](const std::string& end) { return each.first == end || each.first.ends_with("." + end); });
    });
    if (left_out > 0) note("{} tensors that are no weights were left out ({})", left_out, join(constants, ", "));
  }

  void untie(const std::string& name, const std::string& slot) {
    at::Tensor* given = find(name);
    if (!given || known_.contains(name)) return;
    const at::Tensor* own = find(slot);
    if (own && (own->sizes() != given->sizes() || own->dtype() != given->dtype() || !at::equal(*own, *given))) {
      note("{} and {} differ, but the network has one tensor for both", name, slot);
      return;
    }
    if (own)
      std::erase_if(result_.tensors, [&](const auto& each) { return each.first == name; });
    else
      for (auto& [other, tensor] : result_.tensors)
        if (other == name) other = slot;
    note("{} is {}, which the network holds once", name, slot);
  }

  void keep_counts() {
    constexpr std::string_view count = ".num_batches_tracked";
    for (const auto& [name, tensor] : result_.tensors)
      if (name.ends_with(count)) return;
    size_t kept = 0;
    for (const NamedTensor& slot : slots_) {
      if (!slot.name.ends_with(count)) continue;
      result_.tensors.emplace_back(slot.name, slot.tensor->detach().clone());
      ++kept;
    }
    if (kept > 0) note("it holds no num_batches_tracked, as files of old; {} of them keep their values", kept);
  }

  const std::vector<NamedTensor>& slots_;
  const std::string& source_;
  std::set<std::string, std::less<>> known_;
  Renamed result_;
};

// The beginning that most names of the file have before the name of a slot; empty when fewer than half of the slots
// would fit.
std::string likely_prefix(const std::vector<NamedTensor>& slots, const TensorList& tensors) {
  std::set<std::string_view> known;
  for (const NamedTensor& slot : slots) known.insert(slot.name);
  std::map<std::string_view, size_t> counts;
  for (const auto& [name, tensor] : tensors) {
    const std::string_view whole = name;
    for (size_t dot = whole.find('.'); dot != std::string_view::npos; dot = whole.find('.', dot + 1))
      if (known.contains(whole.substr(dot + 1))) ++counts[whole.substr(0, dot + 1)];
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most != counts.end() && 2 * most->second >= slots.size() ? std::string(most->first) : "";
}

std::string module_of(const std::string& name) { return name.substr(0, name.rfind('.') + 1); }

std::string escaped(const std::string& name) {
  std::string text;
  for (const char letter : name) text += letter == '.' ? std::string("\\.") : std::string(1, letter);
  return text;
}

}  // namespace

Renamed rename_weights(const std::vector<NamedTensor>& slots, TensorList tensors, const NameRules& rules,
                       const std::string& source) {
  return Renaming(slots, std::move(tensors), source).run(rules);
}

std::string name_hint(const std::vector<NamedTensor>& slots, const TensorList& tensors) {
  const WeightsReport report = compare_weights(slots, tensors);
  if (report.fits()) return "";
  if (2 * report.missing.size() >= slots.size()) {
    const std::string prefix = likely_prefix(slots, tensors);
    return prefix.empty() ? "" : fmt::format("\nIts names begin with '{0}': set pretrained_prefix: {0}", prefix);
  }
  std::set<std::string> modules;
  for (const auto* names : {&report.missing, &report.unexpected, &report.different})
    for (const std::string& name : *names) modules.insert(module_of(name.substr(0, name.find(':'))));
  if (modules.size() > 3 || modules.contains("")) return "";
  std::vector<std::string> expressions;
  for (const std::string& module : modules) expressions.push_back("'^" + escaped(module) + "'");
  return fmt::format("\nTo start these anew and take the rest: set pretrained_ignore: [{}]", join(expressions, ", "));
}

}  // namespace dlrun
