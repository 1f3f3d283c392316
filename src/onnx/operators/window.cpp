// Reading windows: defaults, and padding by auto_pad.

#include "onnx/operators/window.h"

namespace dlrun {

OnnxWindow OnnxWindow::read(OnnxNodeReader& node) {
  OnnxWindow window;
  window.kernel = node.integers("kernel_shape").value_or(window.kernel);
  window.strides = node.integers("strides").value_or(window.strides);
  window.dilations = node.integers("dilations").value_or(window.dilations);
  window.auto_pad = node.text("auto_pad", "NOTSET", {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"});
  const auto pads = node.integers("pads").value_or(std::vector<int64_t>());
  if (pads.size() % 2 != 0) refuse("attribute 'pads' must hold a begin and an end for each dimension");
  if (window.auto_pad == "NOTSET") {
    window.begin.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2));
    window.end.assign(pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2), pads.end());
  }
  for (const auto* list : {&window.kernel, &window.strides, &window.dilations, &window.begin, &window.end}) {
    for (const int64_t number : *list) {
      if (number < 0 || number > most) refuse("a window cannot have {}", number);
    }
  }
  for (const auto* list : {&window.kernel, &window.strides, &window.dilations}) {
    if (std::count(list->begin(), list->end(), 0) != 0) refuse("a window cannot have 0");
  }
  return window;
}

OnnxWindow OnnxWindow::fit(at::IntArrayRef sizes) const {
  OnnxWindow window = *this;
  const size_t rank = sizes.size();
  auto complete = [&](std::vector<int64_t>& list, int64_t otherwise) {
    if (list.empty()) list.assign(rank, otherwise);
    if (list.size() != rank) refuse("its window has {} dimensions, its input {}", list.size(), rank);
  };
  if (kernel.empty()) refuse("attribute 'kernel_shape' is missing");
  for (const int64_t size : sizes) {
    if (size > most) refuse("a window cannot slide over {}", size);
  }
  complete(window.kernel, 1);
  complete(window.strides, 1);
  complete(window.dilations, 1);
  complete(window.begin, 0);
  complete(window.end, 0);
  for (size_t i = 0; i < rank && (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER"); ++i) {
    const int64_t stride = window.strides[i], out = (sizes[i] + stride - 1) / stride;
    const int64_t total = std::max<int64_t>((out - 1) * stride + window.reach(i) - sizes[i], 0);
    window.begin[i] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    window.end[i] = total - window.begin[i];
  }
  return window;
}

void expect_windows(const OnnxWindow& fit, at::IntArrayRef sizes, double planes, double each) {
  double count = planes * each;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int64_t room = sizes[i] + fit.begin[i] + fit.end[i] - fit.reach(i);
    count *= static_cast<double>(std::max<int64_t>(room, 0) / fit.strides[i] + 1);
  }
  OnnxBudget::current().expect_operations(count);
}

std::vector<int64_t> padding_of(const std::vector<int64_t>& begin, const std::vector<int64_t>& end) {
  std::vector<int64_t> result;
  for (size_t i = begin.size(); i-- > 0;) {
    result.push_back(begin[i]);
    result.push_back(end[i]);
  }
  return result;
}

}  // namespace dlrun
