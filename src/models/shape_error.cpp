// The one way an architecture says that its parameters do not fit the data.

#include "models/shape_error.h"

#include "models/architecture.h"
#include "models/table_input.h"

namespace dlrun {

void shape_error(const std::string& parameter, const std::string& message) {
  throw UserError(ExitCode::bad_recipe, "architecture." + parameter + ": " + message);
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void expect_per_sample(const std::string& type, const Shapes& shapes) {
  if (shapes.per == Shapes::Per::sample) return;
  shape_error("type", type + " gives one answer for each sample, and the task asks for one for each " +
                          (shapes.per == Shapes::Per::position ? "position" : "pixel"));
}

void expect_numbers(const std::string& type, const Shapes& shapes) {
  if (shapes.tokens())
    shape_error("type",
                type + " takes numbers, but the data holds token ids; use an architecture for text, such as gpt");
  expect_per_sample(type, shapes);
  expect_no_categories(type, shapes);
  const std::vector<int64_t>& sizes = shapes.input().sizes;
  if (shapes.input().varies())
    shape_error("type", type + " takes samples of one size, and those of the data differ: " + shape_text(sizes));
  for (const int64_t size : sizes)
    if (size < 1) shape_error("type", type + " got samples of the empty shape " + shape_text(sizes));
}

void expect_images(const std::string& type, const Shapes& shapes) {
  expect_numbers(type, shapes);
  if (shapes.input().sizes.size() != 3)
    shape_error("type", type + " takes images [channels, height, width], but a sample of the data has the shape " +
                            shape_text(shapes.input().sizes) + "; use mlp for rows");
}

}  // namespace dlrun
