package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The formats of disk images that Diver attaches, told by content, never by the file's name. */
public enum DiskFormat {
  RAW("raw"),
  QCOW2("qcow2");

  /** QEMU docs/interop/qcow2.txt, "Header": the letters QFI and 0xfb. */
  private static final byte[] QCOW2_MAGIC = {'Q', 'F', 'I', (byte) 0xfb};

  private static final int VERSION = 4;
  private static final int BACKING_FILE = 8;
  private static final int INCOMPATIBLE_FEATURES = 72;
  private static final int DATA_FILE = 1 << 2;
  private static final int HEADER = 104;

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
      throw unreadable(disk, e);
    }
  }

  /**
   * INVALID where this disk is a qcow2 that takes content from another file of the host (QEMU
   * docs/interop/qcow2.txt: a backing file, an external data file). What others made may not.
   */
  public static void requireAlone(Path disk) {
    try (InputStream in = Files.newInputStream(disk)) {
      ByteBuffer header = ByteBuffer.wrap(in.readNBytes(HEADER));
      if (header.limit() < HEADER || of(disk) != QCOW2) {
        return;
      }
      boolean backed = header.getLong(BACKING_FILE) != 0;
      boolean extended = header.getInt(VERSION) >= 3;
      boolean elsewhere = extended && (header.getLong(INCOMPATIBLE_FEATURES) & DATA_FILE) != 0;
      if (backed || elsewhere) {
        throw new Failure(
                Failure.Kind.INVALID,
                "The disk " + disk + " is a qcow2 that takes its content from another file.",
                "Make it whole: qemu-img convert -O qcow2 OLD NEW.")
            .exception();
      }
    } catch (IOException e) {
      throw unreadable(disk, e);
    }
  }

  private static RuntimeException unreadable(Path disk, IOException cause) {
    return new Failure(
            Failure.Kind.NOT_FOUND,
            "The disk " + disk + " cannot be read.",
            "Give the path of a raw or qcow2 file.")
        .exception(cause);
  }
}
