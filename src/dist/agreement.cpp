// What several processes must have or decide alike.

#include "dist/agreement.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <sstream>

#include "base/error.h"

namespace dlrun {

bool any_rank(Group& group, bool mine) { return first_rank(group, mine) >= 0; }

int64_t first_rank(Group& group, bool mine) {
  if (group.size() == 1) return mine ? 0 : -1;
  at::Tensor flags = at::zeros({group.size()}, at::kLong);
  flags[group.rank()] = static_cast<int64_t>(mine);
  group.add(flags);
  for (int64_t rank = 0; rank < group.size(); ++rank)
    if (flags[rank].item<int64_t>() > 0) return rank;
  return -1;
}

std::string text_of_rank(Group& group, int64_t rank, const std::string& text) {
  if (group.size() == 1) return text;
  const bool mine = rank == group.rank();
  at::Tensor bytes = at::empty({mine ? static_cast<int64_t>(text.size()) : 0}, at::kByte);
  if (mine) std::memcpy(bytes.data_ptr(), text.data(), text.size());
  const at::Tensor all = group.append(bytes);
  return {reinterpret_cast<const char*>(all.const_data_ptr<uint8_t>()), static_cast<size_t>(all.numel())};
}

void from_first(Group& group, const std::vector<at::Tensor>& tensors) {
  if (group.size() == 1 || tensors.empty()) return;
  const at::NoGradGuard no_gradient;
  if (std::any_of(tensors.begin(), tensors.end(),
                  [&](const at::Tensor& tensor) { return tensor.device() != tensors.front().device(); })) {
    std::vector<at::Tensor> here, there;
    for (const at::Tensor& tensor : tensors) (tensor.is_cpu() ? here : there).push_back(tensor);
    from_first(group, here);
    return from_first(group, there);
  }
  std::vector<at::Tensor> bytes;
  for (const at::Tensor& tensor : tensors) bytes.push_back(tensor.detach().contiguous().view(-1).view(at::kByte));
  at::Tensor all = at::cat(bytes);
  group.from_first(all);
  int64_t place = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const at::Tensor part = all.narrow(0, place, bytes[i].numel()).clone();  // where its dtype may begin
    tensors[i].detach().copy_(part.view(tensors[i].scalar_type()).view(tensors[i].sizes()));
    place += part.numel();
  }
}

NamedNumbers of_first(Group& group, const NamedNumbers& mine) {
  if (group.size() == 1) return mine;
  std::string names;
  for (const auto& [name, value] : mine) names += name + "\n";
  names = text_of_rank(group, 0, names);
  NamedNumbers numbers;
  std::istringstream lines(names);
  for (std::string name; std::getline(lines, name);) numbers.emplace_back(name, 0.0);
  at::Tensor values = at::zeros({static_cast<int64_t>(numbers.size())}, at::kDouble);
  double* value = values.mutable_data_ptr<double>();
  if (group.rank() == 0)
    for (const auto& [name, number] : mine) *value++ = number;
  group.from_first(values);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i].second = values[static_cast<int64_t>(i)].item<double>();
  return numbers;
}

void on_every_rank(Group& group, const std::function<void()>& work) {
  if (group.size() == 1) return work();
  std::optional<UserError> error;
  try {
    work();
  } catch (const UserError& caught) {
    error = caught;
  }
  const int64_t failed = first_rank(group, error.has_value());
  if (failed < 0) return;
  at::Tensor code = at::zeros({1}, at::kLong);
  if (failed == group.rank()) code.fill_(static_cast<int64_t>(error->code()));
  group.add(code);
  const std::string text = text_of_rank(group, failed, error ? error->what() : "");
  if (group.rank() > 0) throw ToldElsewhere();
  throw UserError(static_cast<ExitCode>(code.item<int64_t>()),
                  (failed > 0 ? "rank " + std::to_string(failed) + ": " : "") + text);
}

}  // namespace dlrun
