// Tables of metrics for people: as text and as a drawing.

#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "metrics/metric.h"

namespace dlrun {

// {"rows": [...], "columns": [...], "cells": [[...], ...]}
nlohmann::ordered_json table_record(const ResultTable& table);

// Lines below a line of the columns' names.
std::string table_lines(const ResultTable& table);

// An SVG of the cells, darker where a row's share is larger, each with its number.
std::string table_svg(const ResultTable& table);

}  // namespace dlrun
