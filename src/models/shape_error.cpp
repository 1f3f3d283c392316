// The one way an architecture says that its parameters do not fit the data.

#include "models/shape_error.h"

#include "models/architecture.h"

namespace dlrun {

void shape_error(const std::string& parameter, const std::string& message) {
  throw UserError(ExitCode::bad_recipe, "architecture." + parameter + ": " + message);
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (const int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void expect_numbers(const std::string& type, const Shapes& shapes) {
  if (shapes.vocabulary > 0)
    shape_error("type",
                type + " takes numbers, but the data holds token ids; use an architecture for text, such as gpt");
  for (const int64_t size : shapes.input)
    if (size < 1) shape_error("type", type + " got samples of the empty shape " + shape_text(shapes.input));
  if (shapes.outputs < 1) shape_error("type", type + " was asked for " + std::to_string(shapes.outputs) + " outputs");
}

void expect_images(const std::string& type, const Shapes& shapes) {
  expect_numbers(type, shapes);
  if (shapes.input.size() != 3)
    shape_error("type", type + " takes images [channels, height, width], but a sample of the data has the shape " +
                            shape_text(shapes.input) + "; use mlp for rows");
}

}  // namespace dlrun
