package dev.diver.kernels.elf;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads pieces of a file whose offsets and lengths a stranger chose. */
final class ElfBytes implements AutoCloseable {

  private final Path path;
  private final FileChannel channel;
  private final long size;

  ElfBytes(Path path) {
    this.path = path;
    try {
      if (Files.isDirectory(path)) {
        throw new Failure(
                Failure.Kind.INVALID, path + " is a folder.", "Name the executable in it.")
            .exception();
      }
      this.channel = FileChannel.open(path, StandardOpenOption.READ);
      this.size = channel.size();
    } catch (IOException e) {
      throw IoFailure.of("read", path, e);
    }
  }

  /** At most this many bytes from the start of the file. */
  byte[] start(int length) {
    byte[] bytes = new byte[(int) Math.min(length, size)];
    read(0, bytes.length, length).get(bytes);
    return bytes;
  }

  /**
   * Bytes of the file, little-endian.
   *
   * @param limit the most, in bytes, that a sound file has there; keeps a damaged one from taking
   *     all memory
   * @throws dev.diver.kernels.failure.DiverException INVALID where the file has no such bytes
   */
  ByteBuffer read(long offset, long length, int limit) {
    if (offset < 0 || length < 0 || length > limit || offset > size - length) {
      throw damaged();
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw damaged();
        }
      }
    } catch (IOException e) {
      throw IoFailure.of("read", path, e);
    }
    return bytes.flip();
  }

  /** The text that starts there and ends with a zero byte, or after {@code limit} bytes. */
  String text(long offset, int limit) {
    if (offset < 0 || offset >= size) {
      throw damaged();
    }
    ByteBuffer bytes = read(offset, Math.min(limit, size - offset), limit);
    int end = 0;
    while (end < bytes.limit() && bytes.get(end) != 0) {
      end++;
    }
    return StandardCharsets.UTF_8.decode(bytes.slice(0, end)).toString();
  }

  RuntimeException damaged() {
    return new Failure(
            Failure.Kind.INVALID,
            path + " is a damaged ELF file: its headers point outside of it.",
            "Build or copy it again.")
        .exception();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw IoFailure.of("close", path, e);
    }
  }
}
