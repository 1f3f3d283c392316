// What is known about data, as JSON.

#include "data/dataset.h"

namespace dlrun {

nlohmann::json to_json(const DataInfo& info) {
  return {{"input_shape", info.input_shape},     {"target_shape", info.target_shape}, {"classes", info.classes},
          {"vocabulary", info.vocabulary},       {"features", info.features},         {"targets", info.targets},
          {"target_offset", info.target_offset}, {"target_scale", info.target_scale}, {"fitted", info.fitted}};
}

DataInfo data_info(const nlohmann::json& stored) {
  DataInfo info;
  stored.at("input_shape").get_to(info.input_shape);
  stored.at("target_shape").get_to(info.target_shape);
  stored.at("classes").get_to(info.classes);
  stored.at("vocabulary").get_to(info.vocabulary);
  stored.at("features").get_to(info.features);
  info.targets = stored.value("targets", info.targets);
  stored.at("target_offset").get_to(info.target_offset);
  stored.at("target_scale").get_to(info.target_scale);
  info.fitted = stored.at("fitted");
  return info;
}

}  // namespace dlrun
