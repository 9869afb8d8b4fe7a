#!/usr/bin/env bash
# demo.sh BUILD: compiles digits.onnx for Ampere Altra and for this machine, runs both on real test images and
# compares them. Everything is written to BUILD/demo. Commands are shown as they are run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$build/demo" && cd "$build/demo"
export PATH=$build/bin:/usr/lib/llvm-22/bin:$PATH

say() { printf '\n--- %s\n' "$*"; }
run() { printf '$ %s\n' "${*//$here\//}"; "$@"; }

# AArch64 programs are linked against Debian's cross libc and run under QEMU, unless this is such a machine.
link_aarch64=(clang-22 -O2) emulator=()
if [ "$(uname -m)" != aarch64 ]; then
  root=/usr/aarch64-linux-gnu
  link_aarch64+=(--target=aarch64-linux-gnu -fuse-ld=lld -nostdlib -isystem "$root/include" "-L$root/lib" "$root/lib/crt1.o" -lc)
  emulator=(qemu-aarch64 -L "$root")
fi

say 'Compile: one ONNX file, two machines'
for target in host altra; do
  mkdir -p $target
  run coilc "$here/digits.onnx" -o $target/digits.so --target=$target
done

say 'What came out: a library, a header with its typed API, a manifest'
ls -l "$here/digits.onnx" host/digits.* altra/digits.* | awk '{printf "%8d bytes  %s\n", $5, $NF}' | sed "s#$here/##"
sed -n '/^static inline.*digits_run/,/;/p' host/digits.h | head -3

say 'Link it from C, and classify images that the training never saw (examples/digits/classify.c)'
run clang-22 -O2 -Ihost "$here/classify.c" -Lhost -l:digits.so -Wl,-rpath,'$ORIGIN/host' -o classify-host
"${link_aarch64[@]}" -Ialtra "$here/classify.c" -Laltra -l:digits.so -Wl,-rpath,'$ORIGIN/altra' -o classify-altra
./classify-host "$here/images.u8" "$here/labels.u8" 10 host.f32
say "The same on AArch64${emulator:+, under ${emulator[0]}}"
"${emulator[@]}" ./classify-altra "$here/images.u8" "$here/labels.u8" 0 altra.f32

say 'How closely the two targets agree'
/usr/bin/python3 - <<'PYTHON'
import numpy
host, altra = (numpy.fromfile(f"{target}.f32", numpy.float32).reshape(-1, 10) for target in ("host", "altra"))
same = (host.argmax(1) == altra.argmax(1)).sum()
print(f"{same} of {len(host)} answers are the same; largest difference of a probability {abs(host - altra).max():.1e}")
PYTHON

say 'Against the answers that numpy gave when the network was trained'
for target in host altra; do
  run coil-run $target/digits.so --test-data "$here"
done

say 'Latency here, one thread: an image, and all of them at once'
bench() {
  coil-run host/digits.so --bench --warmup 20 --runs 200 --threads 1 --json "${@:2}" |
    /usr/bin/python3 -c 'import json, sys; r = json.load(sys.stdin)
print("{:>3} images: {p50_ms:.3f} ms (99 of 100 runs within {p99_ms:.3f} ms)".format(sys.argv[1], **r))' "$1"
}
bench 1 --shape image=1x1x8x8
bench 360 --test-data "$here"
printf '\nThe files are in %s.\n' "$build/demo"
