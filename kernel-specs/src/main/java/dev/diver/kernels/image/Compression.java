package dev.diver.kernels.image;

import com.github.luben.zstd.ZstdInputStream;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** What kernels are compressed with as a whole file. No loader unpacks these. */
public enum Compression {
  /** RFC 1952. */
  GZIP("\037\213\b", "gunzip"),
  BZIP2("BZh", "bunzip2"),
  /** The .xz file format, 1.2. */
  XZ("\3757zXZ\0", "unxz"),
  /** RFC 8878. */
  ZSTD("(\265/\375", "unzstd");

  /** The most memory, in KiB, that an xz file may ask for; what Linux's own build uses fits. */
  private static final int XZ_MEMORY = 256 * 1024;

  private static final int BLOCK = 128 * 1024;

  private final String magic;
  private final String command;

  Compression(String magic, String command) {
    this.magic = magic;
    this.command = command;
  }

  /** The program that unpacks it. */
  public String command() {
    return command;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What a file that starts so is compressed with. */
  static Optional<Compression> of(ByteBuffer start) {
    return Arrays.stream(values()).filter(c -> Bytes.matches(start, 0, c.magic)).findFirst();
  }

  /** What the stream unpacks to. */
  InputStream unpack(InputStream packed) throws IOException {
    InputStream buffered = new BufferedInputStream(packed, 1 << 14);
    return switch (this) {
      case GZIP -> new GZIPInputStream(buffered, 1 << 14);
      case BZIP2 -> new BZip2CompressorInputStream(buffered);
      case XZ -> new XZInputStream(buffered, XZ_MEMORY);
      case ZSTD -> new ZstdInputStream(buffered);
    };
  }

  /**
   * Unpacks a whole file.
   *
   * @param into must not exist; is removed where this fails
   * @param limit the most, in bytes, that it may unpack to
   * @throws dev.diver.kernels.failure.DiverException INVALID where the file is damaged or unpacks
   *     to more
   */
  public void unpack(Path file, Path into, long limit) {
    try (OutputStream out = Files.newOutputStream(into, StandardOpenOption.CREATE_NEW)) {
      copy(file, out, limit);
    } catch (IOException e) {
      throw IoFailure.of("write", into, e);
    } catch (RuntimeException e) {
      remove(into, e);
      throw e;
    }
  }

  private void copy(Path file, OutputStream out, long limit) throws IOException {
    byte[] block = new byte[BLOCK];
    long total = 0;
    try (InputStream packed = Files.newInputStream(file)) {
      InputStream in = opened(file, packed);
      for (int length = next(file, in, block); length > 0; length = next(file, in, block)) {
        total += length;
        if (total > limit) {
          throw invalid(
              file + " unpacks to more than " + limit + " bytes.", "Check that it is a kernel.");
        }
        out.write(block, 0, length);
      }
    }
  }

  private InputStream opened(Path file, InputStream packed) {
    try {
      return unpack(packed);
    } catch (IOException e) {
      throw damaged(file);
    }
  }

  private int next(Path file, InputStream in, byte[] block) {
    try {
      return in.read(block);
    } catch (IOException | RuntimeException e) {
      throw damaged(file);
    }
  }

  private RuntimeException damaged(Path file) {
    return invalid(
        file + " cannot be unpacked as " + this + ": it is damaged or cut short.",
        "Copy or download it again; `" + command + " -t` tests it.");
  }

  private static RuntimeException invalid(String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, what, remedy).exception();
  }

  private static void remove(Path file, RuntimeException cause) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
