package dev.diver.kernels.image;

import dev.diver.kernels.bytes.BoundedBytes;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.image.Recognized.Form;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Tells what a kernel's file is from its headers, in the order that matters: many files carry the
 * signs of two (a Linux kernel is a PE file, a CD image has a disk's boot sector). Nothing is
 * executed; of a disk or a CD image at most 64 KiB are read, of an ELF file also its program
 * headers and notes, of a compressed file at most what unpacks to 4 MiB.
 */
public final class Recognizer {

  /** The most, in bytes, that is read of a file that is not ELF. */
  public static final int MOST_READ = 64 * 1024;

  /** The most, in bytes, that is read of an ELF file beyond that. */
  static final int MOST_READ_OF_ELF = 2 << 20;

  /** How far, in bytes, a compressed file is unpacked. */
  static final int DEPTH = 4 << 20;

  /** CD descriptors start at 32 KiB; two of them are read at once with what all others need. */
  private static final int HEAD = 36 * 1024;

  /** Each says whether it knows the file, and if so all about it. */
  private static final List<Predicate<Findings>> KNOWN =
      List.of(
          ForeignKernel::recognize,
          LinuxImage::recognize,
          EfiApplication::recognize,
          DiskFormat::recognize,
          OpticalDisc::recognize,
          ElfKernel::recognize,
          NotAKernel::recognize,
          RawDisk::recognize,
          FlatBinary::recognize);

  private Recognizer() {}

  /**
   * Looks at a file.
   *
   * @return what it is; what is wrong with its content is a problem in it, not an error
   * @throws dev.diver.kernels.failure.DiverException NOT_FOUND, DENIED or INVALID where there is no
   *     file that can be read
   */
  public static Recognized of(Path file) {
    try (BoundedBytes bytes = BoundedBytes.open(file, MOST_READ)) {
      ByteBuffer head = bytes.some(0, HEAD);
      Optional<Compression> compression = Compression.of(head);
      return compression.isPresent()
          ? compressed(file, bytes.size(), compression.get())
          : look(new Findings(file, bytes.size(), head, bytes)).result();
    }
  }

  private static Recognized compressed(Path file, long size, Compression compression) {
    try (InputStream packed = Files.newInputStream(file);
        BoundedBytes bytes = BoundedBytes.unpacked(file, () -> compression.unpack(packed), DEPTH)) {
      ByteBuffer head = bytes.some(0, HEAD);
      Findings findings = new Findings(file, size, head, bytes).compressed(compression);
      findings.found(0, "in the file itself: " + compression + " magic; below, what it unpacks to");
      look(findings);
      if (bytes.breaksOff()) {
        findings.fatal(
            "It cannot be unpacked to its end: the " + compression + " stream is damaged.",
            "Copy or download it again; `" + compression.command() + " -t` tests it.");
      }
      if (!findings.hasNoMethod()) {
        findings.warning(
            "It is compressed with " + compression + ", which no loader unpacks.",
            "Unpack it first (" + compression.command() + "); diver kernel import does.");
      }
      return findings.result();
    } catch (IOException e) {
      throw IoFailure.of("read", file, e);
    }
  }

  private static Findings look(Findings findings) {
    for (Predicate<Findings> kind : KNOWN) {
      if (kind.test(findings)) {
        return findings;
      }
    }
    return findings
        .is(Form.UNKNOWN, "nothing that is known to boot")
        .fatal(
            "It has none of the signs of a kernel, disk or CD image.",
            "Name what the kernel's build leaves to be booted: an ELF file, bzImage, EFI"
                + " application, disk or ISO.");
  }
}
