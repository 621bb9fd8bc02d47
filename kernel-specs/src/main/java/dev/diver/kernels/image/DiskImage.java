package dev.diver.kernels.image;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * A disk that a machine gets. Its content tells its format; a file whose name says another one is
 * refused, since it is not what somebody takes it for.
 *
 * @param file its image, or a device
 * @param format of it
 */
public record DiskImage(Path file, Format format) {

  /** The formats of the disks that Diver attaches; others may name files in ways not known here. */
  public enum Format {
    RAW,
    QCOW2;

    /** As QEMU names it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** As far as headers go that tell a format, in bytes. */
  private static final int HEAD = 512;

  /**
   * A disk of the user's own. Where its name says qcow2, its content may come from another file,
   * too; elsewhere not, since a guest can write such a header to a raw disk.
   *
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND where it cannot be read; INVALID
   *     where it is not what its name says; UNSUPPORTED where it is neither raw nor qcow2
   */
  public static DiskImage of(Path file) {
    ByteBuffer head = head(file);
    DiskImage disk = of(file, head);
    if (!DiskFormat.isNamed(file, Format.QCOW2.toString())) {
      disk.requireAlone(head, "Where you made it so yourself, rename it to end in .qcow2.");
    }
    return disk;
  }

  /** The same of a disk that others made: it takes nothing from other files of this machine. */
  public static DiskImage ofOthers(Path file) {
    ByteBuffer head = head(file);
    DiskImage disk = of(file, head);
    disk.requireAlone(head, "Make it whole: qemu-img convert -O qcow2 OLD NEW.");
    return disk;
  }

  private static DiskImage of(Path file, ByteBuffer head) {
    String format = DiskFormat.ofStart(head).map(DiskFormat::qemuName).orElse(DiskFormat.RAW);
    Optional<String> misnamed = DiskFormat.misnamed(file, format);
    if (misnamed.isPresent()) {
      throw new Failure(
              Failure.Kind.INVALID,
              "The disk " + file + " is named ." + misnamed.get() + ", and it is " + format + ".",
              DiskFormat.RENAME)
          .exception();
    }
    return switch (format) {
      case DiskFormat.QCOW2 -> new DiskImage(file, Format.QCOW2);
      case DiskFormat.RAW, "luks" -> new DiskImage(file, Format.RAW); // its guest has the key
      default ->
          throw new Failure(
                  Failure.Kind.UNSUPPORTED,
                  "The disk " + file + " is " + format + ": " + DiskFormat.ATTACHED,
                  DiskFormat.conversion(file))
              .exception();
    };
  }

  private void requireAlone(ByteBuffer head, String remedy) {
    if (format == Format.QCOW2 && (QCow2.isBacked(head) || QCow2.hasDataFile(head))) {
      throw new Failure(
              Failure.Kind.INVALID,
              "The disk " + file + " is a qcow2 that takes its content from another file.",
              remedy)
          .exception();
    }
  }

  private static ByteBuffer head(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return ByteBuffer.wrap(in.readNBytes(HEAD)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "The disk " + file + " cannot be read.",
              "Give the path of a raw or qcow2 file.")
          .exception(e);
    }
  }
}
