#!/usr/bin/env bash
# data fetch: what comes is whole and verified or not there at all, whatever the server does; what is kept is gone on with.
# Against a server of its own on the loopback. usage: tests/program/fetch.sh DLRUN
set -u
dlrun=$(realpath "$1")
here=$(cd "$(dirname "$0")/../.." && pwd)
source "$here/tests/program/expect.bash"
command -v python3 >/dev/null || { echo "SKIP: no python3 to serve files"; exit 4; }
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*"; failed=1; }
unset DLRUN_OFFLINE DLRUN_DATA DLRUN_DATA_MIRROR http_proxy HTTP_PROXY all_proxy ALL_PROXY
cd "$work" || exit 1

mkdir -p root/one/deep
head -c 1000000 /dev/urandom >root/one/a.bin
head -c 70000 /dev/urandom >root/one/deep/b.bin
: >root/one/empty
python3 "$here/tests/program/range_server.py" root requests >port & server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
base=http://127.0.0.1:$(cat port)

# catalog WAY: the files of `one`, served that way.
catalog() {
  printf 'sets:\n  - name: one\n    about: bytes\n    licence: CC0\n    home: https://example.org/one\n    files:\n'
  for file in a.bin deep/b.bin empty; do
    printf '      - {path: %s, bytes: %s, sha256: "%s", urls: [%s]}\n' $file "$(stat -c %s root/one/$file)" \
      "$(sha256sum root/one/$file | cut -c-64)" "$base/$1/one/$file"
  done
}
same() { # FOLDER
  diff -r root/one "$1" >differs || fail "$1 is not what was served: $(cat differs)"
}
requests() { cat requests; : >requests; }

# Straight; again, where all is there; into another folder; as JSON; over a redirection; from a mirror.
catalog parts >c.yaml
expect 0 "data/one: 3 files fetched, 1.0 MiB; all have the right SHA-256" "$dlrun" data fetch one --catalog c.yaml
same data/one
requests >/dev/null
expect 0 "data/one: 3 files are there" "$dlrun" data fetch one --catalog c.yaml
[ -z "$(requests)" ] || fail "what is there was asked for again"
expect 0 "there/one: 3 files fetched" env DLRUN_DATA=there "$dlrun" data fetch one --catalog c.yaml
same there/one
rm there/one/deep/b.bin
expect 0 "1 files fetched, 68 KiB, 2 were there" "$dlrun" data fetch one --catalog c.yaml --output there/one
same there/one
expect 0 '"path":"json/deep/b.bin","bytes":70000,' "$dlrun" data fetch one --catalog c.yaml --output json --json
catalog moved >moved.yaml
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog moved.yaml --output moved
same moved
sed 's#http://127.0.0.1:[0-9]*/parts#http://127.0.0.1:9/nobody#' c.yaml >nobody.yaml
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog nobody.yaml --output mirror --from "$base/parts"
same mirror
expect 0 "3 files fetched" env DLRUN_DATA_MIRROR="$base/parts/" "$dlrun" data fetch one --catalog nobody.yaml --output mirror2
same mirror2

# A connection that breaks, a server that is busy: gone on with from where it was.
catalog cut >cut.yaml
requests >/dev/null
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog cut.yaml --output cut
same cut
got=$(requests)
grep -qxF "/cut/one/a.bin bytes=333333-" <<<"$got" || fail "a part was not asked for: $got"
grep -qxF "/cut/one/a.bin bytes=555555-" <<<"$got" || fail "the second part was not asked for: $got"
catalog busy >busy.yaml
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog busy.yaml --output busy
same busy

# Stopped, and killed: the same command goes on.
catalog slow >slow.yaml
for signal in TERM KILL; do
  "$dlrun" data fetch one --catalog slow.yaml --output "slow-$signal" 2>said & fetching=$!
  until [ "$(stat -c %s "slow-$signal/a.bin.part" 2>/dev/null || echo 0)" -gt 200000 ]; do
    kill -0 $fetching 2>/dev/null || break
    sleep 0.05
  done
  [ ! -e "slow-$signal/a.bin" ] || fail "half a file has the name of the whole"
  expect 73 "is fetching into this folder" "$dlrun" data fetch one --catalog slow.yaml --output "slow-$signal"
  kill -s $signal $fetching
  wait $fetching
  code=$?
  [ $signal = KILL ] || { [ $code = 75 ] && grep -q "SIGTERM: .* are kept; the same command goes on" said || fail "SIGTERM: $code, $(cat said)"; }
  kept=$(stat -c %s "slow-$signal/a.bin.part")
  requests >/dev/null
  expect 0 "3 files fetched" "$dlrun" data fetch one --catalog c.yaml --output "slow-$signal"
  same "slow-$signal"
  grep -qxF "/parts/one/a.bin bytes=$kept-" requests || fail "$signal: $kept bytes were kept, and asked for was $(cat requests)"
done

# A server that sends no parts, and a part of something else: from the beginning.
mkdir whole other
head -c 5000 root/one/a.bin >whole/a.bin.part
catalog whole >whole.yaml
expect 0 "sends no parts: the file comes from its beginning" "$dlrun" data fetch one --catalog whole.yaml --output whole
same whole

# What is not what it must be is an error, and nothing is left of it.
for way in other longer; do
  rm -rf $way
  catalog $way >$way.yaml
  expect 65 "what came is another file, and is not kept" "$dlrun" data fetch one --catalog $way.yaml --output $way
  [ -z "$(find $way -type f)" ] || fail "$way left $(find $way -type f)"
done
expect 65 "must have $(sha256sum root/one/a.bin | cut -c-64)" "$dlrun" data fetch one --catalog other.yaml --output other
mkdir -p part
head -c 4000 /dev/urandom >part/a.bin.part
expect 65 "has the SHA-256" "$dlrun" data fetch one --catalog c.yaml --output part
[ -z "$(find part -type f)" ] || fail "a part of another file left $(find part -type f)"
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog c.yaml --output part
# The next URL is asked then.
sed "s#urls: \[#urls: [http://127.0.0.1:9/none, $base/other/one/a.bin, #" c.yaml >two.yaml
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog two.yaml --output two
same two
expect 66 "answers 404" "$dlrun" data fetch one --catalog c.yaml --output none --from "$base/parts/nothing"
expect 66 "cannot be fetched" "$dlrun" data fetch one --catalog nobody.yaml --output none
[ -z "$(find none -type f)" ] || fail "an URL that is none left $(find none -type f)"

# Files of others stay.
mkdir mine
echo mine >mine/a.bin
expect 73 "is there with another content" "$dlrun" data fetch one --catalog c.yaml --output mine
[ "$(cat mine/a.bin)" = mine ] || fail "a file of somebody else was replaced"
expect 0 "3 files fetched" "$dlrun" data fetch one --catalog c.yaml --output mine --overwrite
same mine

# Offline, without libcurl, and what is wrong with the command or the catalog.
expect 66 "DLRUN_OFFLINE is set: nothing is fetched" env DLRUN_OFFLINE=1 "$dlrun" data fetch one --catalog c.yaml --output off
expect 0 "3 files are there" env DLRUN_OFFLINE=1 "$dlrun" data fetch one --catalog c.yaml
mkdir broken
: >broken/libcurl.so.4
: >broken/libcurl-gnutls.so.4
expect 66 "libcurl cannot be loaded" env LD_LIBRARY_PATH="$work/broken" "$dlrun" data fetch one --catalog c.yaml --output off
expect 0 "CC0" env LD_LIBRARY_PATH="$work/broken" "$dlrun" data list --catalog c.yaml
expect 2 "did you mean 'one'?" "$dlrun" data fetch ones --catalog c.yaml
expect 2 "which data set?" "$dlrun" data fetch
expect 2 "which recipe?" "$dlrun" data check
expect 2 "--from belongs to dlrun data fetch" "$dlrun" data check r.yaml --from x
sed 's#path: a.bin#path: ../a.bin#' c.yaml >out.yaml
expect 78 "leads out of the folder" "$dlrun" data fetch one --catalog out.yaml --output out
sed 's#sha256: "#sha256: "x#' c.yaml >digits.yaml
expect 78 "sha256 must be 64 digits" "$dlrun" data fetch one --catalog digits.yaml --output out
sed 's#bytes: #byte: #' c.yaml >key.yaml
expect 78 "did you mean 'bytes'?" "$dlrun" data fetch one --catalog key.yaml --output out
[ ! -e out ] && [ ! -e off ] || fail "what is refused made a folder"
secret=$(sed 's#http://#http://me:canary@#' nobody.yaml)
printf '%s\n' "$secret" >secret.yaml
"$dlrun" data fetch one --catalog secret.yaml --output none 2>&1 | grep canary && fail "a password is told"

# A proxy is libcurl's business: it gets the request.
expect 66 "cannot be fetched" env http_proxy=http://127.0.0.1:9 "$dlrun" data fetch one --catalog c.yaml --output proxy

# The catalog that comes with dlrun: each set has its recipes, and what lies in the folder of test data is what it says.
"$dlrun" data list --json >sets || fail "data list: $?"
grep -q '"name":"abalone".*"recipes":\["mlp_abalone"' sets || fail "abalone has no recipe: $(grep abalone sets)"
grep -q '"recipes":\[\]' sets && fail "no recipe reads $(grep '"recipes":\[\]' sets)"
grep -qE '"urls":|http:' sets && fail "an URL is not HTTPS"
grep -n 'urls: \[[^]]*http:' "$here/recipes/data/sets.yaml" && fail "an URL is not HTTPS"
if [ -d "${DLRUN_TEST_DATA:-none}/abalone" ]; then
  for name in $(grep -o '"name":"[^"]*"' sets | cut -d'"' -f4); do
    expect 0 "files are there; all have the right SHA-256" env DLRUN_OFFLINE=1 "$dlrun" data fetch "$name" --output "$(
      rm -rf link; mkdir link; ln -s "$DLRUN_TEST_DATA/$name/"* link/; echo link)"
  done
else
  echo "not tested: files of the catalog (DLRUN_TEST_DATA has none)"
fi

exit $failed
