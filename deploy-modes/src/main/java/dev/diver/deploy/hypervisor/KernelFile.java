package dev.diver.deploy.hypervisor;

import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.failure.DiverException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What a file is that is to be entered without firmware. */
final class KernelFile {

  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};
  private static final int ELF_CLASS = 4;
  private static final int ELF_CLASS_64 = 2;

  /** Linux, Documentation/arch/x86/boot.rst: the field header of the real-mode header. */
  private static final byte[] LINUX = {'H', 'd', 'r', 'S'};

  private static final int LINUX_HEADER = 0x202;

  private KernelFile() {}

  static boolean isElf64(Path image) {
    byte[] head = head(image);
    return isElf(head) && head[ELF_CLASS] == ELF_CLASS_64;
  }

  static boolean isLinux(Path image) {
    byte[] head = head(image);
    return Arrays.equals(
        Arrays.copyOfRange(head, LINUX_HEADER, LINUX_HEADER + LINUX.length), LINUX);
  }

  static boolean hasPvhEntry(Path image) {
    try {
      return isElf(head(image)) && ElfFile.read(image).pvhEntry().isPresent();
    } catch (DiverException e) {
      return false; // damaged
    }
  }

  /** For people, with its article. */
  static String describe(Path image) {
    byte[] head = head(image);
    if (isElf(head)) {
      String size = head[ELF_CLASS] == ELF_CLASS_64 ? "64" : "32";
      return "an ELF of " + size + " bits" + (hasPvhEntry(image) ? "" : " without a PVH entry");
    }
    return isLinux(image) ? "a bzImage" : "no ELF";
  }

  private static boolean isElf(byte[] head) {
    return Arrays.equals(Arrays.copyOf(head, ELF.length), ELF);
  }

  /** Zeros follow where the file is shorter. */
  private static byte[] head(Path image) {
    int length = LINUX_HEADER + LINUX.length;
    try (InputStream in = Files.newInputStream(image)) {
      return Arrays.copyOf(in.readNBytes(length), length);
    } catch (IOException e) {
      return new byte[length];
    }
  }
}
