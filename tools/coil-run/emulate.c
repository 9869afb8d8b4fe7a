/*===- emulate.c - an AArch64 library on another machine -------------------===*
 *
 * The whole program runs again in QEMU, as its AArch64 build with the same
 * arguments, so everything below this file knows one machine only.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "run.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSROOT "/usr/aarch64-linux-gnu"

#if defined(__aarch64__)
enum { THIS_MACHINE = EM_AARCH64 };
#elif defined(__x86_64__)
enum { THIS_MACHINE = EM_X86_64 };
#endif

static const char *machine_name(int machine) {
  return machine == EM_AARCH64  ? "AArch64"
         : machine == EM_X86_64 ? "x86-64"
                                : "an unknown machine";
}

/* The AArch64 build lies beside this one. */
static char *twin(void) {
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self);
  if (length <= 0 || length == sizeof self)
    die("cannot tell where coil-run lies");
  while (length > 0 && self[length - 1] != '/')
    --length;
  return text_of("%.*scoil-run-aarch64", (int)length, self);
}

static void need(const char *path, const char *remedy) {
  if (!exists(path))
    die("an AArch64 library on this machine needs '%s': %s", path, remedy);
}

void emulate_if_foreign(const library_info *library, char **arguments) {
  if (library->machine == THIS_MACHINE)
    return;
  if (library->machine != EM_AARCH64)
    die("the library is for %s, this machine is %s",
        machine_name(library->machine), machine_name(THIS_MACHINE));
  char *program = twin();
  need(program, "it is built and installed beside coil-run");
  need(SYSROOT "/lib/ld-linux-aarch64.so.1",
       "apt-get install libc6-arm64-cross");
  /* What the machine has, and no more: an instruction that AmpereOne lacks
   * (SVE) or Altra lacks (bf16, i8mm) must not pass here. */
  bool one = strncmp(library->target, "ampereone", 9) == 0;
  const char *prefix[] = {
      "qemu-aarch64", "-cpu",  one ? "max,sve=off" : "neoverse-n1",
      "-L",           SYSROOT, program};
  size_t fixed = sizeof prefix / sizeof *prefix, count = 0;
  while (arguments[count])
    ++count;
  char **all = allocate((fixed + count) * sizeof *all);
  memcpy(all, prefix, sizeof prefix);
  memcpy(all + fixed, arguments + 1, count * sizeof *all);
  execvp(all[0], all);
  die("an AArch64 library on this machine needs qemu-aarch64 (%s): apt-get "
      "install qemu-user",
      strerror(errno));
}
