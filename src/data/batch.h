// A batch lives in tensor/, below the rooms that share it.

#pragma once

#include "tensor/batch.h"
