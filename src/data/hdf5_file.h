// Datasets of an HDF5 file as tensors, with errors that say what else a name stands for.

#pragma once

#include <ATen/ATen.h>

#include <string>

namespace dlrun {

// An HDF5 file, open for reading. Not for several threads at once.
class Hdf5File {
 public:
  // Throws UserError: no_input; bad_data where it is no HDF5 file, damaged or cut short.
  explicit Hdf5File(const std::string& path);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  // A dataset "train/x" whole, of at least one dimension: floats up to 32 bits become float, larger ones double, bytes
  // stay uint8, booleans (h5py's enumeration of FALSE and TRUE) bool, other integers and enumerations int64. Finite.
  // Throws UserError(bad_data) naming what is there instead: nothing (and what is), a group (and what is in it), a link
  // within the file or out of it, data in another file, a type that is no number, a filter that is not built in.
  at::Tensor read(const std::string& name) const;

 private:
  std::string path_;
  int64_t bytes_ = 0;  // on disk
  int64_t file_ = -1;  // of the library
};

}  // namespace dlrun
