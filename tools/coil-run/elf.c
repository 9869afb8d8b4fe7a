/*===- elf.c - what a library says before it is loaded ---------------------===*
 *
 * The machine it is for, its model's symbol, ABI and target: read from the
 *file, since a library for another machine cannot be loaded to be asked.
 *
 *===----------------------------------------------------------------------===*/
#include "run.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

typedef struct image {
  const char *path;
  bytes file;
  const Elf64_Ehdr *header;
} image;

/* `count` things of `size` bytes at `offset` of the file. All but bytes are
 * aligned to 8 in a sound file. */
static const void *at(const image *image, uint64_t offset, uint64_t count,
                      uint64_t size) {
  if (offset > image->file.size || (size > 1 && offset % 8 != 0) ||
      count > (image->file.size - offset) / size)
    die("'%s': a damaged library: its tables end beyond the file", image->path);
  return image->file.data + offset;
}

/* The file's bytes from virtual address `address` to the end of its segment;
 * `*left` tells how many. */
static const unsigned char *memory_at(const image *image, uint64_t address,
                                      uint64_t *left) {
  const Elf64_Phdr *segments = at(image, image->header->e_phoff,
                                  image->header->e_phnum, sizeof *segments);
  for (int i = 0; i < image->header->e_phnum; ++i) {
    const Elf64_Phdr *s = &segments[i];
    if (s->p_type != PT_LOAD || address < s->p_vaddr ||
        address - s->p_vaddr >= s->p_filesz)
      continue;
    if (s->p_offset > image->file.size ||
        s->p_filesz > image->file.size - s->p_offset)
      break;
    *left = s->p_filesz - (address - s->p_vaddr);
    return image->file.data + s->p_offset + (address - s->p_vaddr);
  }
  die("'%s': a damaged library: address %llx is not in the file", image->path,
      (unsigned long long)address);
}

static const Elf64_Shdr *sections(const image *image) {
  return at(image, image->header->e_shoff, image->header->e_shnum,
            sizeof(Elf64_Shdr));
}

/* The pointer at `address`, as the loader will write it for a library at 0. */
static uint64_t pointer_at(const image *image, uint64_t address) {
  const Elf64_Shdr *section = sections(image);
  for (int i = 0; i < image->header->e_shnum; ++i, ++section) {
    if (section->sh_type != SHT_RELA)
      continue;
    uint64_t count = section->sh_size / sizeof(Elf64_Rela);
    const Elf64_Rela *r = at(image, section->sh_offset, count, sizeof *r);
    for (; count > 0; --count, ++r)
      if (r->r_offset == address)
        return (uint64_t)r->r_addend;
  }
  uint64_t value, left; /* packed relocations leave it in place */
  const unsigned char *place = memory_at(image, address, &left);
  if (left < sizeof value)
    return 0;
  memcpy(&value, place, sizeof value);
  return value;
}

static void copy_text(char *to, size_t size, const void *from, uint64_t left) {
  size_t length = strnlen(from, left < size - 1 ? left : size - 1);
  memcpy(to, from, length);
  to[length] = 0;
}

/* Symbol `s` if it is a model's, into `info`. */
static bool is_model(const image *image, const Elf64_Sym *s,
                     const Elf64_Shdr *names, library_info *info) {
  if (ELF64_ST_TYPE(s->st_info) != STT_OBJECT || s->st_shndx == SHN_UNDEF ||
      s->st_name >= names->sh_size)
    return false;
  const char *table = at(image, names->sh_offset, names->sh_size, 1);
  char name[sizeof info->symbol];
  copy_text(name, sizeof name, table + s->st_name, names->sh_size - s->st_name);
  if (!ends_with(name, "_model"))
    return false;
  if (*info->symbol)
    die("'%s': it has several models, %s and %s", image->path, info->symbol,
        name);
  memcpy(info->symbol, name, sizeof name);
  return true;
}

static void read_model(const image *image, uint64_t address,
                       library_info *info) {
  uint64_t left;
  int32_t abi;
  const unsigned char *model = memory_at(image, address, &left);
  if (left < sizeof(coil_model))
    die("'%s': %s is not a model", image->path, info->symbol);
  memcpy(&abi, model, sizeof abi);
  if (abi != COIL_ABI)
    die("'%s': its ABI is %d, this coil-run knows ABI %d: use the coil-run of "
        "the compiler that made it",
        image->path, abi, COIL_ABI);
  const unsigned char *target = memory_at(
      image, pointer_at(image, address + offsetof(coil_model, target)), &left);
  copy_text(info->target, sizeof info->target, target, left);
}

static void find_model(const image *image, library_info *info) {
  const Elf64_Shdr *section = sections(image);
  uint64_t address = 0;
  for (int i = 0; i < image->header->e_shnum; ++i) {
    if (section[i].sh_type != SHT_DYNSYM)
      continue;
    if (section[i].sh_link >= image->header->e_shnum)
      die("'%s': a damaged library: its symbols have no names", image->path);
    uint64_t count = section[i].sh_size / sizeof(Elf64_Sym);
    const Elf64_Sym *s = at(image, section[i].sh_offset, count, sizeof *s);
    for (; count > 0; --count, ++s)
      if (is_model(image, s, &section[section[i].sh_link], info))
        address = s->st_value;
  }
  if (!*info->symbol)
    die("'%s': no compiled model in it (no symbol NAME_model)", image->path);
  read_model(image, address, info);
}

library_info inspect_library(const char *path) {
  image image = {.path = path, .file = read_file(path)};
  library_info info = {0};
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)image.file.data;
  if (image.file.size < sizeof *header ||
      memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
    die("'%s': not a library (no ELF file)", path);
  if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
      header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_type != ET_DYN)
    die("'%s': not a 64-bit little-endian shared library", path);
  image.header = header;
  info.machine = header->e_machine;
  find_model(&image, &info);
  free(image.file.data);
  return info;
}
