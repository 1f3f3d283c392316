-- dlrun for Lmod: keep it as dlrun/0.1.0.lua in a folder of MODULEPATH, with the prefix that `cmake --install` or a virtual environment has.
local prefix = "/opt/dlrun/0.1.0"

whatis("Name: dlrun")
whatis("Description: trains neural networks from one YAML recipe")
help("dlrun list recipes; dlrun doctor; man dlrun")
prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("MANPATH", pathJoin(prefix, "share/man"))
