package dev.diver.kernels.elf;

import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;

/** Whether a kernel with the Linux system call interface can run an executable as it is. */
public final class AppCheck {

  private AppCheck() {}

  /**
   * Reads an executable that is to run on a kernel in a sealed machine, where there are no files,
   * so no dynamic loader either.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where it is not a static x86-64
   *     executable, which says what it is and what to do
   */
  public static ElfFile requireStatic(Path app) {
    ElfFile elf = requireExecutable(app);
    if (elf.kind() == ElfFile.Kind.DYNAMIC_EXECUTABLE) {
      throw refused(
          app,
          "is a dynamic executable"
              + elf.interpreter().map(i -> " that needs " + shown(i)).orElse("")
              + ", and a sealed machine has no dynamic loader.",
          "Dive it with --delegate where the kernel can, or link it with -static, for example:"
              + " musl-gcc -static -O2 -o app app.c.");
    }
    return elf;
  }

  /**
   * Reads an executable that is to run on a kernel whose files a Linux serves; it may be dynamic.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where it is not an x86-64 executable
   */
  public static ElfFile requireExecutable(Path app) {
    ElfFile elf = ElfFile.read(app);
    if (elf.machine() != ElfFile.X86_64) {
      throw refused(
          app, "is for " + elf.machineName() + ", not for x86-64.", "Compile it for x86-64.");
    }
    if (elf.bits() != 64) {
      throw refused(app, "is a 32-bit executable (x32).", "Compile it for 64 bits, without -mx32.");
    }
    return switch (elf.kind()) {
      case STATIC_EXECUTABLE, DYNAMIC_EXECUTABLE -> elf;
      case SHARED_LIBRARY ->
          throw refused(
              app, "is a shared library, not an executable.", "Name the program that uses it.");
      case RELOCATABLE ->
          throw refused(
              app,
              "is an object file that is not linked yet.",
              "Link it with -static, for example: musl-gcc -static -o app app.o.");
      case OTHER ->
          throw refused(app, "is an ELF file, but not an executable.", "Name an executable.");
    };
  }

  private static RuntimeException refused(Path app, String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, app + " " + what, remedy).exception();
  }

  private static String shown(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
