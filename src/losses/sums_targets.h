// The loss of a task that predicts several targets.

#pragma once

namespace dlrun {

// Stands beside a loss's base: what it adds up are the losses of targets, which each have one of their own.
struct SumsTargets {};

}  // namespace dlrun
