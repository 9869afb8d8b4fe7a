#!/bin/sh
# refused.sh MODEL...: compiles each and prints `EXIT CODE: first line of the log`; a file in out/ is an error.
for model; do
  message=$(coilc "$model" -o out/m.so --weights=external --dump-stages=out/stages 2>&1)
  echo "$?: $(echo "$message" | head -n 1)"
  rm -rf out/stages/
  ls out
done
