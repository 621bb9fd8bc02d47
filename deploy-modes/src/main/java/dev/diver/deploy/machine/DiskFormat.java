package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The formats of disk images that Diver attaches, told by content, never by the file's name. */
public enum DiskFormat {
  RAW("raw"),
  QCOW2("qcow2");

  /** QEMU docs/interop/qcow2.txt, "Header": the letters QFI and 0xfb. */
  private static final byte[] QCOW2_MAGIC = {'Q', 'F', 'I', (byte) 0xfb};

  private final String option;

  DiskFormat(String option) {
    this.option = option;
  }

  /** The value of QEMU's {@code format=}. */
  public String option() {
    return option;
  }

  /** The format of this file; NOT_FOUND where it cannot be read. */
  public static DiskFormat of(Path disk) {
    try (InputStream in = Files.newInputStream(disk)) {
      return Arrays.equals(in.readNBytes(QCOW2_MAGIC.length), QCOW2_MAGIC) ? QCOW2 : RAW;
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "The disk " + disk + " cannot be read.",
              "Give the path of a raw or qcow2 file.")
          .exception(e);
    }
  }
}
