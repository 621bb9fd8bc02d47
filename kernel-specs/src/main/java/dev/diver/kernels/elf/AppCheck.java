package dev.diver.kernels.elf;

import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;

/** Whether a kernel with the Linux system call interface can run an executable as it is. */
public final class AppCheck {

  private AppCheck() {}

  /**
   * Reads an executable that is to run on a kernel without a dynamic loader.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID where it is not a static x86-64
   *     executable, which says what it is and what to do
   */
  public static ElfFile requireStatic(Path app) {
    ElfFile elf = ElfFile.read(app);
    if (elf.machine() != ElfFile.X86_64) {
      throw refused(
          app, "is for " + elf.machineName() + ", not for x86-64.", "Compile it for x86-64.");
    }
    if (elf.bits() != 64) {
      throw refused(app, "is a 32-bit executable (x32).", "Compile it for 64 bits, without -mx32.");
    }
    return switch (elf.kind()) {
      case STATIC_EXECUTABLE -> elf;
      case DYNAMIC_EXECUTABLE ->
          throw refused(
              app,
              "is a dynamic executable"
                  + elf.interpreter().map(i -> " that needs " + shown(i)).orElse("")
                  + ", and the kernel has no dynamic loader.",
              "Link it with -static, for example: musl-gcc -static -O2 -o app app.c.");
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
