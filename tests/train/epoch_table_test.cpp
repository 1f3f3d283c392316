// One head for a training's epochs, and what happens where it is too wide.

#include "train/epoch_table.h"

#include <catch2/catch.hpp>

namespace dlrun::epoch_table_test {
namespace {

const Results train = {{"loss", 0.80431}, {"accuracy", 0.7179}}, val = {{"loss", 1.25e-5}, {"accuracy", 0.8488}};

TEST_CASE("epochs have one head, and another one where other numbers come") {
  EpochTable table(100);
  CHECK(table.text({1, 112, true}, train, val, "1.27 s") ==
        "                train ------------  val --------------\n"
        "epoch     step      loss  accuracy      loss  accuracy          time\n"
        "    1      112    0.8043    0.7179  1.25e-05    0.8488        1.27 s  best");
  CHECK(table.text({2, 224, false}, train, val, "3 min 20 s") ==
        "    2      224    0.8043    0.7179  1.25e-05    0.8488    3 min 20 s");
  CHECK(table.text({3, 336, false}, {}, {{"a_metric_of_a_long_name", 12345.6789}}, "5 s") ==
        "                val -------------------\n"
        "epoch     step  a_metric_of_a_long_name          time\n"
        "    3      336               12345.6789           5 s");
}

TEST_CASE("where the table is too wide, numbers follow their names, and none is cut") {
  EpochTable table(40);
  CHECK(table.text({1, 112, true}, train, val, "1.27 s") ==
        "epoch 1  step 112  train/loss 0.8043\n"
        "  train/accuracy 0.7179\n"
        "  val/loss 1.25e-05  val/accuracy 0.8488\n"
        "  1.27 s  best");
}

}  // namespace
}  // namespace dlrun::epoch_table_test
