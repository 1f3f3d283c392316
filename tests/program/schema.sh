# The JSON Schema against an independent validator: it accepts every recipe of the project and refuses broken ones.
# Needs Python with jsonschema and PyYAML, named by DLRUN_PYTHON; skipped without.
set -u
dlrun=$(realpath "$1")
python=${DLRUN_PYTHON:-python3}
"$python" -c 'import jsonschema, yaml' 2>/dev/null ||
  { echo "skipped: $python has no jsonschema and yaml (set DLRUN_PYTHON to one that has)"; exit 4; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$dlrun" schema >"$scratch/schema.json" || exit 1
cat >"$scratch/check.py" <<'EOF'
import copy, glob, json, sys, jsonschema, yaml

class Loader(yaml.SafeLoader):  # YAML 1.2: 1e-4 is a number, yes is text
    pass
Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, __import__("re").compile(pattern), list(first))

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failures = 0

def expect(recipe, valid, what):
    global failures
    errors = list(validator.iter_errors(recipe))
    if (not errors) != valid:
        failures += 1
        print(what, "is refused: " + errors[0].message[:300] if errors else "is accepted")

recipes = {path: yaml.load(open(path), Loader) for path in glob.glob("recipes/*.yaml") + glob.glob("tests/recipes/*.yaml")}
for path, recipe in recipes.items():
    expect(recipe, True, path)
print(len(recipes), "recipes accepted")

good = {"name": "a", "task": "classification", "data": {"type": "idx", "path": "x"}, "architecture": "mlp", "optimizer": "sgd"}
def with_(path, value):
    recipe = copy.deepcopy(good)
    *groups, last = path.split(".")
    inner = recipe
    for key in groups:
        inner = inner.setdefault(key, {})
    inner[last] = value
    return recipe

expect(good, True, "a small recipe")
for path, value in [("trainer.epochs", "${env:EPOCHS,3}"), ("trainer", "${other}"), ("optimizer", {"type": "sgd", "lr": "${a}"}),
                    ("architecture", {"type": "mlp", "widths": [1, "${a}"]}), ("_base_", "configs/a.yaml"), ("_base_", ["a", "b"]),
                    ("lr_scheduler", None), ("trainer", None), ("trainer.epochs", None), ("augmentation", ["random_horizontal_flip"]),
                    ("optimizer", {"type": "adamw", "lr": 1}), ("regularization.early_stopping", {"patience": 3})]:
    expect(with_(path, value), True, f"{path}: {value}")
for path, value in [("trainer.epochs", "ten"), ("trainer.epochs", 0), ("trainer.epochs", 1.5), ("epochs", 3), ("trainer.max_epochs", 3),
                    ("optimizer", "sdg"), ("optimizer", {"type": "sgd", "betas": [1]}), ("optimizer", {"type": "adamw", "momentum": 0.9}),
                    ("architecture", {"type": "mlp", "dropout": 1.5}), ("architecture", {"type": "mlp", "activation": "rleu"}),
                    ("architecture", {"type": "mlp", "widths": 3}), ("architecture", {"widths": [3]}), ("trainer.shuffle", "yes"),
                    ("name", ""), ("name", 5), ("_base_", 3), ("seed", True), ("data", "idx2"), ("data", "image_folder"),
                    ("data", {"type": "image_folder", "mode": "grey"}), ("optimizer", {"lr": 0.1})]:
    expect(with_(path, value), False, f"{path}: {value}")
for key in good:
    recipe = {k: v for k, v in good.items() if k != key}
    expect(recipe, False, "a recipe without " + key) if key not in ("task",) else None
expect({"hardware": {"threads": 2}}, True, "a file of settings")
expect({"_base_": "a.yaml", "task": "classification", "architecture": "mlp"}, True, "a recipe that builds on another file")
expect({"optimizer": {"lr": 0.1}, "data": {"mode": "grey"}}, True, "settings of components another file names")
expect({"_base_": "a.yaml", "architecture": "mlp", "optimizer": {"lr": 0.1}}, True, "a type from another file")
sys.exit(failures != 0)
EOF
"$python" "$scratch/check.py" "$scratch/schema.json"
