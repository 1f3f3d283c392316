// From a recipe to live objects.

#include "experiment/experiment.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <new>
#include <numeric>
#include <regex>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "data/mixed.h"
#include "data/own_targets.h"
#include "data/pixel_targets.h"
#include "data/views.h"
#include "data/whole_batches.h"
#include "dist/group.h"
#include "dist/local_gpu.h"
#include "experiment/members.h"
#include "experiment/parted_network.h"
#include "experiment/precision.h"
#include "experiment/prepare_modules.h"
#include "experiment/pretrained.h"
#include "experiment/target_bounds.h"
#include "losses/compares_samples.h"
#include "metrics/of_target.h"
#include "models/backbone.h"
#include "nn/build_device.h"
#include "nn/dropout.h"
#include "spec/catalog.h"
#include "tasks/mixed_loss.h"
#include "tasks/plays.h"
#include "tasks/several_targets.h"
#include "tensor/allocator.h"
#include "tensor/cuda.h"
#include "tensor/random_streams.h"

namespace dlrun {
namespace {

void choose(AnyChoice& choice, const std::string& type) {
  const Entry* entry = Catalog::instance().find(choice.kind, type);
  TORCH_CHECK(entry, "no ", choice.kind, " named ", type);
  choice.type = type;
  choice.value = entry->make();
}

at::Device choose_device(const Hardware& hardware) {
  if (hardware.accelerator == "cpu") return at::kCPU;
  std::string problem = cuda_problem();
  if (cuda_available()) {
    const RankPlace place = find_place();
    const auto index = static_cast<int>(gpu_of(place, cuda_device_count()));
    cuda_use(index);
    problem = cuda_problem_of(index);
    if (problem.empty()) return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
    if (place.size > 1) throw UserError(ExitCode::bad_recipe, "hardware.accelerator: " + problem);
    log_warning("hardware.accelerator: " + problem + " The processor computes instead.");
  }
  if (hardware.accelerator == "gpu")
    throw UserError(ExitCode::bad_recipe, "hardware.accelerator: gpu was asked for. " + problem);
  return at::kCPU;
}

// What is known of the data after the augmentations: the shape of one input, and of targets of its pixels.
DataInfo augmented(DataInfo info, const Recipe& recipe) {
  for (size_t i = 0; i < recipe.augmentation.size(); ++i) {
    FieldInfo& input = info.fields.at(0);
    const std::vector<int64_t> shape = recipe.augmentation[i].output_shape(input.sizes);
    for (FieldInfo& field : info.fields) {
      if (!of_pixels(field, input)) continue;
      if (!dynamic_cast<const KeepsPixelTargets*>(&recipe.augmentation[i]))
        throw UserError(
            ExitCode::bad_recipe,
            fmt::format("augmentation.{}: {} does not know of targets of pixels ({} of these data): picture "
                        "and truth would come apart",
                        i, recipe.augmentation.values[i].type, field.name));
      field.sizes = {shape.at(1), shape.at(2)};
    }
    input.sizes = shape;
  }
  return info;
}

// What comes after views would change the first of them alone.
void check_views(const ChoiceList<Augmentation>& augmentations) {
  for (size_t i = 0; i + 1 < augmentations.size(); ++i)
    if (augmentations.values[i].type == views_type)
      throw UserError(
          ExitCode::bad_recipe,
          fmt::format("augmentation.{}: {} would change one of the two views alone; put it before views, or "
                      "into their lists",
                      i + 1, augmentations.values[i + 1].type));
}

// A task that does not know of mixed targets would learn that each sample is of one class alone.
void check_mixed(const Recipe& recipe) {
  if (dynamic_cast<const TakesMixedSamples*>(recipe.task.value.get())) return;
  for (size_t i = 0; i < recipe.augmentation.size(); ++i)
    if (dynamic_cast<const MixesSamples*>(&recipe.augmentation[i]))
      throw UserError(
          ExitCode::bad_recipe,
          fmt::format("augmentation.{}: {} mixes samples and their targets, and the task {} takes samples as "
                      "they are; classification, regression and segmentation learn from mixed ones",
                      i, recipe.augmentation.values[i].type, recipe.task.type));
}

void fit_augmentations(Recipe& recipe, const Splits& splits, const nlohmann::json& known, nlohmann::json& fitted) {
  fitted = nlohmann::json::array();
  for (size_t i = 0; i < recipe.augmentation.size(); ++i) {
    Augmentation& augmentation = recipe.augmentation[i];
    fitted.push_back(known.is_array() ? known.at(i) : augmentation.fit(*splits.train));
    augmentation.restore(fitted.back());
  }
}

void set_dropout(Network& network, double probability) {
  bool any = false;
  for (const auto& [name, module] : network.modules()) {
    auto* dropout = dynamic_cast<Dropout*>(module);
    if (!dropout) continue;
    dropout->p = probability;
    any = true;
  }
  if (!any) log_warning("regularization.dropout has no effect: the network has no dropout layers");
}

void freeze(Network& network, const std::vector<std::string>& expressions, const std::string& key) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    const std::regex expression(expressions[i]);
    bool any = false;
    for (const NamedTensor& parameter : network.parameters()) {
      if (!std::regex_search(parameter.name, expression)) continue;
      parameter.tensor->set_requires_grad(false);
      any = true;
    }
    if (!any)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("{}.freeze.{}: \"{}\" matches no parameter", key, i, expressions[i]));
  }
}

std::shared_ptr<Network> make_network(const Recipe& recipe, const Shapes& shapes) {
  std::shared_ptr<Network> network;
  try {
    network = recipe.architecture->build(shapes);
  } catch (const std::bad_alloc&) {
    throw UserError(ExitCode::bad_recipe, "architecture: its weights do not fit into the memory of this machine");
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (text.find("overflow") == std::string::npos) throw;
    throw UserError(ExitCode::bad_recipe, "architecture: its weights are more than any machine can hold (" +
                                              text.substr(0, text.find('\n')) + ")");
  }
  if (recipe.regularization.dropout) set_dropout(*network, *recipe.regularization.dropout);
  if (const auto* whole = dynamic_cast<const HasParts*>(recipe.architecture.value.get()))
    for (const NetworkPart& part : whole->parts(*network, shapes)) {
      load_pretrained(part.network, part.architecture, part.shapes, part.key, part.left_out);
      freeze(part.network, part.architecture.freeze, part.key);
    }
  load_pretrained(*network, *recipe.architecture, shapes);
  freeze(*network, recipe.architecture->freeze, "architecture");
  return network;
}

void build_networks(Experiment& experiment) {
  const Recipe& recipe = experiment.recipe;
  const Shapes shapes = recipe.task->shapes(*recipe.loss);
  experiment.all = recipe.task->assemble([&] { return make_network(recipe, shapes); });
  parametrize_weights(recipe.regularization, *experiment.all);
  recompute_modules(recipe, *experiment.all);
  experiment.network = std::shared_ptr<Network>(experiment.all, &recipe.task->answering(*experiment.all));
  require_parts(recipe, *experiment.network, *experiment.all);
  for (const auto& [name, module] : experiment.all->modules())
    if (auto* network = dynamic_cast<Network*>(module))
      network->set_precision(recipe.hardware.computes_in(),
                             recipe.hardware.narrow_throughout() ? Network::Narrow::all : Network::Narrow::operators);
}

void tell_left_out(const std::vector<Unreadable>& unreadable) {
  if (unreadable.empty()) return;
  std::string text =
      fmt::format("data: {} samples cannot be read and are left out, as data_check.allow says", unreadable.size());
  constexpr size_t shown = 3;
  for (size_t i = 0; i < std::min(shown, unreadable.size()); ++i) text += "\n  " + unreadable[i].problem;
  if (unreadable.size() > shown) text += fmt::format("\n  and {} more: dlrun data check", unreadable.size() - shown);
  log_warning(text);
}

void check_streams(const Experiment& experiment) {
  const Recipe& recipe = experiment.recipe;
  for (const Stream& stream : recipe.task->streams()) {
    const std::shared_ptr<Split>& samples = experiment.samples(stream.split);
    if (!samples)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("data.{}: the task {} learns from such samples too, and there are "
                                  "none",
                                  stream.split, recipe.task.type));
    if (samples->size() < recipe.trainer.batch_size)
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("trainer.batch_size: every batch holds {} {} samples too, and there are {}",
                                  recipe.trainer.batch_size, stream.split, samples->size()));
  }
}

// A task that acts and an environment belong together; what other data have done to them does not exist there.
void enter_environment(const Recipe& recipe) {
  auto* plays = dynamic_cast<Plays*>(recipe.task.value.get());
  auto environment = std::dynamic_pointer_cast<const Environment>(recipe.data.value);
  if (!plays && !environment) return;
  if (!environment)
    throw UserError(ExitCode::bad_recipe, fmt::format("data: the task {} learns by acting, and {} is no environment; "
                                                      "cartpole is one",
                                                      recipe.task.type, recipe.data.type));
  if (!plays)
    throw UserError(ExitCode::bad_recipe, fmt::format("task: {} is an environment, and {} does not act; dqn does",
                                                      recipe.data.type, recipe.task.type));
  if (recipe.augmentation.size() > 0)
    throw UserError(ExitCode::bad_recipe,
                    "augmentation: what is seen in an environment is not augmented; leave it out");
  if (recipe.sampler.type != "shuffled")
    throw UserError(ExitCode::bad_recipe, "sampler: moves that are remembered are drawn all alike; leave it out");
  plays->enter(std::move(environment));
}

// What "auto" means is known once the data are: without held-out samples only the training says anything.
void choose_monitor(Recipe& recipe, const Splits& splits) {
  std::string& monitor = recipe.checkpoint.monitor;
  if (monitor != "auto") return;
  monitor = recipe.task->default_monitor();
  bool measured = false;
  for (size_t k = 0; k < recipe.metrics.size(); ++k)
    for (const std::string& name : recipe.metrics[k].names()) measured = measured || monitor == "val/" + name;
  if (monitor.starts_with("val/") && !measured) monitor = "val/loss";
  if (monitor.starts_with("val/") && !splits.val) monitor = "train/loss";
}

// Samples of each class of a target that has a field of its own; of those that lack it none.
std::vector<int64_t> class_counts(const Splits& splits, const std::string& target) {
  const FieldInfo* field = splits.info.find(target_field(target));
  std::vector<int64_t> rows(static_cast<size_t>(splits.train->size())), counts;
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const Batch all = splits.train->gather(rows);
  const at::Tensor& classes = all[target_field(target)];
  const std::string known = known_field(target);
  const at::Tensor found =
      at::bincount(all.has(known) ? classes.masked_select(all[known]) : classes, {}, field->kinds());
  counts.assign(found.const_data_ptr<int64_t>(), found.const_data_ptr<int64_t>() + found.numel());
  return counts;
}

void tell_counts_of_targets(const SeveralTargets& several, const Splits& splits) {
  for (const TargetPart& part : several.parts())
    if ((*part.loss)->asks_for_counts() && splits.info.find(target_field(part.name)))
      (*part.loss)->know_counts(class_counts(splits, part.name));
}

// Metrics of a target know its classes alone.
void introduce_targets(const SeveralTargets& several, ChoiceList<Metric>& metrics) {
  const std::vector<TargetPart> parts = several.parts();
  std::vector<std::string> names;
  for (const TargetPart& part : parts) names.push_back(part.name);
  for (size_t k = 0; k < metrics.size(); ++k) {
    auto* metric = dynamic_cast<OfTarget*>(&metrics[k]);
    if (!metric) continue;
    const auto place = static_cast<size_t>(std::find(names.begin(), names.end(), metric->target) - names.begin());
    if (place == names.size())
      throw UserError(ExitCode::bad_recipe, fmt::format("metrics.{}.target: the task has no target '{}'; it has {}", k,
                                                        metric->target, join(names, ", ")));
    const DataInfo& info = parts[place].task->info();
    metric->know_target(info.classes().empty() ? info.targets : info.classes(), (*parts[place].loss)->chances());
  }
}

// Targets that have a field each are for a task that asks for several.
void check_targets(const Recipe& recipe, const DataInfo& info, const SeveralTargets* several) {
  if (several) return;
  for (const FieldInfo& field : info.fields)
    if (field.name.starts_with(target_prefix))
      throw UserError(ExitCode::bad_recipe,
                      fmt::format("task: {} predicts targets of one kind that every row has, and these data give each "
                                  "of theirs by itself (data.class_targets, data.missing.target: keep); multi_target "
                                  "is for them",
                                  recipe.task.type));
}

// The weights that balance classes are known once the data are, and are numbers of the recipe from then on.
void tell_counts(Loss& loss, const Splits& splits) {
  std::vector<int64_t> counts(splits.info.classes().size());
  for (int64_t i = 0; i < splits.train->size(); ++i) {
    const int64_t label = splits.train->label(i);
    if (label < 0 || label >= static_cast<int64_t>(counts.size()))
      throw UserError(ExitCode::bad_recipe,
                      "loss.balance_classes: counts the samples of each class, and samples of these data have no class "
                      "each; give loss.class_weights");
    ++counts[static_cast<size_t>(label)];
  }
  loss.know_counts(counts);
}

}  // namespace

void resolve(Recipe& recipe) {
  auto* several = dynamic_cast<SeveralTargets*>(recipe.task.value.get());
  if (several) several->complete();
  if (!recipe.loss) choose(recipe.loss, recipe.task->default_loss());
  if (several && recipe.metrics.values.empty()) recipe.metrics.values = several->metrics_of_targets();
  if (recipe.metrics.values.empty()) {
    for (const std::string& name : recipe.task->default_metrics()) {
      AnyChoice metric{Metric::kind, "", nullptr};
      choose(metric, name);
      recipe.metrics.values.push_back(metric);
    }
  }
  require_distinct_names(recipe.metrics);
  if (!recipe.lr_scheduler) choose(recipe.lr_scheduler, "constant");
  if (!recipe.sampler) choose(recipe.sampler, "shuffled");
  if (!recipe.exporter.value) choose(recipe.exporter, "safetensors");
  if (!recipe.trainer.epochs && !recipe.trainer.max_steps) recipe.trainer.epochs = 10;
  if (!recipe.trainer.eval_batch_size) recipe.trainer.eval_batch_size = recipe.trainer.batch_size;
  if (recipe.hardware.threads == 0) recipe.hardware.threads = at::get_num_threads();
  member_count(recipe);  // Refuses folds that the data do not have.
}

Experiment build(Recipe& recipe, const BuildOptions& options) {
  resolve(recipe);
  enter_environment(recipe);
  keep_freed_memory();
  at::set_num_threads(static_cast<int>(recipe.hardware.threads));
  Experiment experiment{recipe};
  experiment.device = choose_device(recipe.hardware);
  experiment.group = experiment.sharers = experiment.holders = open_group({});

  OpenOptions open;
  open.seed = static_cast<uint64_t>(recipe.seed);
  open.classification = recipe.task->classification();
  open.keep_rows = options.keep_rows;
  if (options.fitted.is_object()) open.fitted = options.fitted.at("data").at("fitted");
  if (options.splits) {
    experiment.splits = *options.splits;
  } else if (options.data && options.inputs.empty()) {
    std::vector<Unreadable> unreadable;
    if (recipe.data_check.allows("unreadable_samples")) open.unreadable = &unreadable;
    experiment.splits = recipe.data->open(open);
    tell_left_out(unreadable);
  } else {
    experiment.splits.info = data_info(options.fitted.at("data"));
    if (!options.inputs.empty()) experiment.splits.test = recipe.data->open_inputs(options.inputs, open);
  }
  if (experiment.splits.train) choose_monitor(recipe, experiment.splits);
  if (experiment.splits.train && recipe.loss->asks_for_counts()) tell_counts(*recipe.loss, experiment.splits);
  const auto* several = dynamic_cast<const SeveralTargets*>(recipe.task.value.get());
  check_targets(recipe, experiment.splits.info, several);
  if (experiment.splits.train && several) tell_counts_of_targets(*several, experiment.splits);
  if (experiment.splits.train) require_bounded_targets(recipe, experiment.splits);
  if (experiment.splits.train) recipe.sampler->check(*experiment.splits.train);
  if (experiment.splits.train) check_streams(experiment);
  check_views(recipe.augmentation);
  check_mixed(recipe);
  if (experiment.splits.train) require_shares(experiment, recipe.hardware.sharers());
  const nlohmann::json known = options.fitted.is_object() ? options.fitted.at("augmentation") : nlohmann::json();
  experiment.fitted["data"] = to_json(experiment.splits.info);
  fit_augmentations(recipe, experiment.splits, known, experiment.fitted["augmentation"]);
  for (const AnyChoice& choice : recipe.augmentation.values)
    experiment.augmentations.push_back(std::static_pointer_cast<const Augmentation>(choice.value));

  const DataInfo info = augmented(experiment.splits.info, recipe);
  if (info.find("weight") && !recipe.task->weighs_samples())
    throw UserError(ExitCode::bad_recipe, fmt::format("data.weight_column: the task {} counts all samples alike; "
                                                      "classification and regression count by a column",
                                                      recipe.task.type));
  recipe.task->bind(info);
  recipe.task->teach(*recipe.loss);
  for (size_t k = 0; k < recipe.metrics.size(); ++k) {
    recipe.metrics[k].know_classes(info.classes().empty() ? info.targets : info.classes());
    recipe.metrics[k].know_chances(recipe.loss->chances());
  }
  if (several) introduce_targets(*several, recipe.metrics);
  for (const std::string& name : info.named(FieldInfo::Means::pixels))
    for (const char* view : {"", first_view, second_view}) experiment.pixels.push_back(view + name);
  experiment.channels_last =
      recipe.hardware.memory_format == "channels_last" ||
      (recipe.hardware.memory_format == "auto" && info.input().sizes.size() == 3 && !info.input().varies());
  if (options.network) {
    experiment.use(options.network());
    return experiment;
  }
  // Seeded here: the same seed gives the same weights whatever the data are.
  RandomStreams(experiment.device).seed(static_cast<uint64_t>(recipe.seed));
  if (!options.weights) {
    const BuildDevice scope(at::kMeta);
    build_networks(experiment);
    experiment.device = at::kCPU;
    return experiment;
  }
  require_precision(recipe.hardware, experiment.device);
  choose_kernels(recipe.hardware, experiment.device);
  build_networks(experiment);
  experiment.all->to(experiment.device);
  return experiment;
}

void require_shares(const Experiment& experiment, int64_t processes) {
  if (processes == 1) return;
  const auto refuse = [&](const std::string& why) {
    throw UserError(ExitCode::bad_recipe, fmt::format("hardware.devices: {} processes {}", processes, why));
  };
  if (dynamic_cast<const Plays*>(experiment.recipe.task.value.get())) refuse("cannot share what one of them plays");
  if (makes_whole_batches(*experiment.recipe.sampler)) refuse("cannot share a batch that is one whole, an episode");
  const int64_t last = experiment.batch_sizes().back();
  if (last >= processes) return;
  refuse(experiment.splits.train->size() == 1
             ? std::string("cannot share one sample; a graph is one")
             : fmt::format("cannot share the last batch of an epoch, of size {}: trainer.drop_last=true, or "
                           "another trainer.batch_size",
                           last));
}

void Experiment::use(std::shared_ptr<Network> other) {
  network = std::move(other);
  all = network;
}

void Experiment::join(std::shared_ptr<Group> all_processes) {
  const int64_t degree = recipe.hardware.holders(), processes = all_processes->size();
  if (processes > 1) all_processes->use(device);
  group = sharers = std::move(all_processes);
  if (processes % degree != 0)
    throw UserError(ExitCode::bad_recipe,
                    fmt::format("hardware.{}: must divide the number of processes, {}, got {}",
                                recipe.hardware.pipeline_parallel_degree > 1 ? "pipeline_parallel_degree"
                                                                             : "tensor_parallel_degree",
                                processes, degree));
  const int64_t held = group->rank() % degree;
  if (degree > 1) {
    holders = group->part("holders", group->rank() - held, 1, degree);
    sharers = group->part("sharers", held, degree, processes / degree);
  } else if (recipe.hardware.shards_weights() && processes > 1) {
    holders = group->part("holders", 0, 1, processes);  // a way of their own: passes and gradients exchange in turn
  } else {
    return;
  }
  parted = std::make_shared<PartedNetwork>(recipe, WholeNetwork{*network, *all, channels_last}, *holders);
}

bool Experiment::passes_together() const { return parted && recipe.hardware.shards_weights(); }

PipelineStage* Experiment::stage() const { return parted ? parted->stage() : nullptr; }

int64_t Experiment::group_rank() const { return sharers->rank(); }

int64_t Experiment::group_size() const { return sharers->size(); }

LoaderOptions Experiment::loader_options() const {
  LoaderOptions options;
  options.keep_raw = keep_raw;
  options.pixels = pixels;
  options.seed = static_cast<uint64_t>(recipe.seed);
  options.workers = recipe.hardware.loader_threads;
  options.pinned = device.is_cuda();
  return options;
}

std::unique_ptr<Loader> Experiment::loader(const std::string& split) const {
  if (!samples(split)) return nullptr;
  LoaderOptions options = loader_options();
  options.batch_size = *recipe.trainer.eval_batch_size;
  if (recipe.sampler->held_out_too()) options.sampler = std::static_pointer_cast<const Sampler>(recipe.sampler.value);
  // A loss that compares samples is that of whole batches: every process goes through them.
  const int64_t size = samples(split)->size(), last = size % options.batch_size;
  // Where passes are exchanges, no process may be without a row of the last batch.
  const bool rows_for_all = !passes_together() || (!options.sampler && (last == 0 || last >= group_size()));
  if (std::min(options.batch_size, size) >= group_size() && rows_for_all && !compares_samples(*recipe.loss))
    options.share = {group_rank(), group_size()};
  return std::make_unique<Loader>(samples(split), augmentations, options);
}

std::unique_ptr<Loader> Experiment::training_loader(const std::string& split, Share share) const {
  LoaderOptions options = loader_options();
  options.batch_size = recipe.trainer.batch_size;
  options.shuffle = recipe.trainer.shuffle;
  options.drop_last = recipe.trainer.drop_last && samples(split)->size() >= options.batch_size;
  if (split == "unlabelled") options.drop_last = true;  // As many beside every batch: each of its own is whole.
  options.training = true;
  options.sampler = std::static_pointer_cast<const Sampler>(recipe.sampler.value);
  options.share = share;
  return std::make_unique<Loader>(samples(split), augmentations, options);
}

std::unique_ptr<Feed> Experiment::feed(Share share) const {
  if (const auto* plays = dynamic_cast<const Plays*>(recipe.task.value.get())) {
    const int64_t steps = dynamic_cast<const Environment&>(*recipe.data).epoch_steps;
    return plays->feed(*all,
                       {recipe.trainer.batch_size, std::min(steps, recipe.trainer.limit_train_batches.value_or(steps)),
                        static_cast<uint64_t>(recipe.seed)});
  }
  LoaderFeed::Beside beside;
  for (const Stream& stream : recipe.task->streams())
    beside.emplace_back(stream.prefix, training_loader(stream.split, share));
  return std::make_unique<LoaderFeed>(training_loader("train", share), std::move(beside),
                                      recipe.trainer.limit_train_batches.value_or(0));
}

std::vector<int64_t> Experiment::batch_sizes() const {
  const std::unique_ptr<Loader> loader = training_loader("train", {});
  const int64_t limit = recipe.trainer.limit_train_batches.value_or(loader->batches());
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < std::min(loader->batches(), limit); ++i)
    sizes.push_back(static_cast<int64_t>(loader->samples(0, i).size()));
  return sizes;
}

std::unique_ptr<Loader> Experiment::plain_loader(const std::string& split, int64_t batch_size) const {
  LoaderOptions options = loader_options();
  options.batch_size = std::min(batch_size, samples(split)->size());
  options.workers = 0;
  return std::make_unique<Loader>(samples(split), augmentations, options);
}

const std::shared_ptr<Split>& Experiment::samples(const std::string& split) const {
  if (split == "train") return splits.train;
  if (split == "val") return splits.val;
  if (split == "test") return splits.test;
  if (split == "unlabelled") return splits.unlabelled;
  throw UserError(ExitCode::usage, "no split is called \"" + split + "\"; there are train, val and test");
}

Batch Experiment::place(const Batch& batch) const {
  Batch placed = device.is_cpu() ? batch : batch.to(device);
  if (!channels_last) return placed;
  for (const Batch::Item& item : batch.items())
    if (item.value.dim() == 4 && item.value.is_floating_point() && item.rows == Rows::sample)
      placed.set(item.name, placed[item.name].contiguous(at::MemoryFormat::ChannelsLast));
  return placed;
}

}  // namespace dlrun
