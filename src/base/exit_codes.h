// The table of exit codes as the help and the reference print it.

#pragma once

namespace dlrun {

struct ExitCodeDoc {
  int code;
  const char* doc;
};

inline constexpr ExitCodeDoc exit_code_docs[] = {
    {0, "done"},
    {2, "the command line is wrong"},
    {65, "a data file holds something that cannot be accepted"},
    {66, "an input file or folder is missing or unreadable"},
    {70, "a mistake in dlrun itself"},
    {71, "not enough memory, or the accelerator failed"},
    {73, "an output file or folder cannot be created"},
    {74, "reading or writing failed half way"},
    {75, "interrupted, with a good checkpoint: start the same command with --resume"},
    {76, "training produced NaN or infinity"},
    {78, "the recipe is wrong"},
    {128, "ended by signal n"},
};

}  // namespace dlrun
