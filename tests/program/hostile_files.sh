# Files that are cut short, damaged or made to harm, of every format of weights and models, given to the program itself: each
# ends with 65 (66 for a part that is missing), one message that names the file and the reason, no output and no dump.
# usage: hostile_files.sh DLRUN
set -u
dlrun=$(realpath "$1")
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0
tried=0
# Whoever asks for more than 8 GB by mistake is to fail here. A program under the address sanitizer does not start within it.
limit=8000000
(ulimit -v $limit; "$dlrun" --version) >/dev/null 2>&1 || limit=unlimited

# little BYTES NUMBER: the number in so many bytes, little endian. (Of 64 bits and more bash itself would lose some.)
little() {
  local text='' i
  for ((i = 0; i < $1; ++i)); do text+=$(printf '\\x%02x' $((($2 >> (8 * i)) & 255))); done
  printf "$text"
}

# refused CODE FILE REASON [VERB OPTION...]: what the file must end with. Without a verb: import. $named: the file the message
# names, where that is another one.
refused() {
  local code=$1 file=$2 reason=$3 output got
  shift 3
  [ $# -gt 0 ] || set -- import -o out.safetensors
  output=$(ulimit -v $limit -c 0; timeout 60 "$dlrun" "$1" "$file" "${@:2}" 2>&1 </dev/null)
  got=$?
  tried=$((tried + 1))
  if [ $got -ne "$code" ] || ! grep -qF -- "$reason" <<<"$output" || ! grep -qF -- "${named:-$file}" <<<"$output" ||
    [ "$(wc -l <<<"$output")" -gt 3 ] || [ -e out.safetensors ]; then
    printf '%s: expected %s and "%s", got %s and\n%s\n' "$file" "$code" "$reason" "$got" "$output"
    failures=$((failures + 1))
    rm -f out.safetensors
  fi
}

# -- safetensors

# safetensors FILE HEADER DATA
safetensors() { { little 8 ${#2}; printf '%s%s' "$2" "$3"; } >"$1"; }
one='{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'

safetensors good.safetensors "$one}" 1234
"$dlrun" import good.safetensors -o out.safetensors >/dev/null || { echo "the good file was refused"; failures=$((failures + 1)); }
rm -f out.safetensors

head -c 64 good.safetensors >cut.safetensors
refused 65 cut.safetensors 'ends at byte 4 of the data, but there are only'
head -c 20 good.safetensors >cut_header.safetensors
refused 65 cut_header.safetensors 'its header claims 54 bytes, the file has 20'
: >empty.safetensors
refused 65 empty.safetensors 'it has only 0 bytes'
{ little 8 $((1 << 60)); printf '%s}1234' "$one"; } >huge_header.safetensors
refused 65 huge_header.safetensors 'its header claims 1152921504606846976 bytes'
safetensors overlap.safetensors "$one,\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}" 123456
refused 65 overlap.safetensors "tensor 'b' begins at byte 2 of the data, expected 4"
safetensors gap.safetensors "$one,\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}" 123456789012
refused 65 gap.safetensors 'must leave no gap'
safetensors twice.safetensors "$one,\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}" 12345678
refused 65 twice.safetensors "'a' stands there twice"
safetensors beyond.safetensors '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 1234
refused 65 beyond.safetensors 'the file is cut short'
safetensors huge_shape.safetensors '{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}' 1234
refused 65 huge_shape.safetensors 'its shape is too large'
safetensors absurd_shape.safetensors '{"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}' ''
refused 65 absurd_shape.safetensors 'its shape is too large'
safetensors deep.safetensors "{\"a\":$(printf '[%.0s' {1..5000})" ''
refused 65 deep.safetensors 'a list where the format has none'

# -- the index of several

# index FILE MAP
index() { printf '{"metadata":{"total_size":4},"weight_map":{%s}}' "$2" >"$1"; }

index outside.json '"a":"../good.safetensors"'
refused 65 outside.json "files must lie beside the index"
index absolute.json '"a":"/etc/passwd"'
refused 65 absolute.json "files must lie beside the index"
index repeated.json '"a":"good.safetensors","a":"good.safetensors"'
refused 65 repeated.json "tensor 'a' stands there twice"
index wrong.json '"b":"good.safetensors"'
refused 65 wrong.json "tensor 'b' should be in good.safetensors, but is not there"
index missing.json '"a":"gone.safetensors"'
named=gone.safetensors refused 66 missing.json 'no such file'
mkdir linked && ln -s ../good.safetensors linked/good.safetensors && index linked/index.json '"a":"good.safetensors"'
named=linked/good.safetensors refused 65 linked/index.json 'a link that leads out of its folder'
printf '{"weight_map":{"a":"good.saf' >cut.json
refused 65 cut.json 'not valid JSON'
printf '{"weight_map":%s' "$(printf '{"a":%.0s' {1..5000})" >deep.json
refused 65 deep.json 'an object where the format has none'

# -- PyTorch's files

# pickle TEXT: as the older format has it, around an object, with one storage of four floats. Texts are printf's.
legacy() {
  printf '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}U\x0dlittle_endian\x88s.'
  printf '\x80\x02'
  printf "$1"
  printf '.\x80\x02]U\x010a.'
  little 8 4
  little 8 0
  little 8 0
}
storage='(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04NtQ'
hooks='\x89ccollections\nOrderedDict\n)RtR'
tensor="ctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00K\x04\x85K\x01\x85$hooks"

legacy "}U\x01w${tensor}s" >good.pt
"$dlrun" import good.pt -o out.safetensors >/dev/null || { echo "the good pickle was refused"; failures=$((failures + 1)); }
rm -f out.safetensors

head -c -4 good.pt >cut.pt
refused 65 cut.pt 'it is cut short'
legacy 'cposix\nsystem\n(U\x04truetR' >code.pt
refused 65 code.pt 'asks for "posix.system"'
legacy "}(U\x01w${tensor}U\x01w${tensor}u" >twice.pt
refused 65 twice.pt "tensor 'w' stands there twice"
legacy "}U\x01wctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x01K\x04\x85K\x01\x85${hooks}s" >beyond.pt
refused 65 beyond.pt 'it reaches to element 5 of its storage, which holds 4'
legacy "}U\x01wctorch._utils\n_rebuild_tensor_v2\n(${storage}K\x00\x8a\x06\0\0\0\0\0\x01\x85K\x00\x85${hooks}s" >unfolds.pt
refused 65 unfolds.pt 'far more than the file'
legacy "]q\x01h\x01a" >cycle.pt
refused 65 cycle.pt 'lists a storage that no tensor uses'
{ printf '\x80\x02'; head -c 3000000 /dev/zero | tr '\0' ']'; } >values.pt
refused 65 values.pt "more than ten times the file's size in memory"
legacy "$(head -c 6000000 /dev/zero | tr '\0' ']')" >values_inside.pt
refused 65 values_inside.pt "more than ten times the file's size in memory"
printf 'PK\x03\x04 and nothing more of an archive' >cut_archive.pt
refused 65 cut_archive.pt 'not a readable zip archive'

# -- ONNX models

# field NUMBER CONTENT: a field of bytes, in printf's text. Contents of up to 16383 bytes.
field() {
  local size
  size=$(printf "$2" | wc -c)
  printf '\\x%02x' $(($1 << 3 | 2))
  if [ "$size" -lt 128 ]; then printf '\\x%02x' "$size"; else printf '\\x%02x\\x%02x' $((size & 127 | 128)) $((size >> 7)); fi
  printf '%s' "$2"
}
value() { printf '\\x%02x\\x%02x' $(($1 << 3)) "$2"; }
# model FILE GRAPH
model() { printf "$(value 1 8)$(field 7 "$2")$(field 8 "$(field 1 '')$(value 2 17)")" >"$1"; }
# node OPERATOR INPUT OUTPUT [MORE]
node() { field 1 "$(field 1 "$2")$(field 2 "$3")$(field 4 "$1")${4:-}"; }
# initializer NAME MORE: of floats
initializer() { field 5 "$(value 2 1)$(field 8 "$1")$2"; }
external() { printf '%s%s' "$(field 13 "$(field 1 location)$(field 2 "$1")")" "$(value 14 1)"; }
four=$(field 9 1234)
relu="$(node Relu w y)$(field 12 "$(field 1 y)")"

if "$dlrun" predict --help | grep -q '\.onnx'; then
  onnx() { refused 65 "$1" "$2" predict; }
  model cycle.onnx "$(initializer w "$four")$(node Relu z y)$(node Relu y z)$(field 12 "$(field 1 y)")"
  onnx cycle.onnx "takes 'z', which node[1] makes later: a cycle"
  model twice.onnx "$(initializer w "$four")$(initializer w "$four")$relu"
  onnx twice.onnx "'w' is the name of two values"
  model outside.onnx "$(initializer w "$(external ../good.safetensors)")$relu"
  onnx outside.onnx "the path must stay below the model's folder"
  model absolute.onnx "$(initializer w "$(external /etc/passwd)")$relu"
  onnx absolute.onnx "the path must be relative to the model's folder"
  ln -s good.safetensors link.data
  model link.onnx "$(initializer w "$(external link.data)")$relu"
  onnx link.onnx "a link, which could leave the model's folder"
  model overlap.onnx "$(initializer v "$(value 1 2)$(external good.safetensors)")$(initializer w "$(external good.safetensors)")$relu"
  onnx overlap.onnx "overlap others"
  model shape.onnx "$(initializer w "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x10$four")$relu"
  onnx shape.onnx "its shape [1152921504606846976]"
  model good.onnx "$(initializer w "$four")$relu"
  head -c -30 good.onnx >cut.onnx
  onnx cut.onnx 'not a valid ONNX file'
  printf '\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x0f' >huge.onnx
  onnx huge.onnx 'not a valid ONNX file'
fi

[ $failures -eq 0 ] && echo "$tried files refused"
exit $((failures > 0))
