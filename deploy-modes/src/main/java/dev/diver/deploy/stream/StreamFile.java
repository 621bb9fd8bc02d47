package dev.diver.deploy.stream;

import dev.diver.deploy.machine.ShellWords;
import dev.diver.deploy.machine.Step;
import dev.diver.kernels.elf.StreamNote;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The file of a stream in shared memory: the header and the ring (kernel-specs/abi,
 * diver/stream.h), and zeros up to a multiple of {@link #CHUNK}. It should lie in memory, as in
 * {@code /dev/shm}.
 *
 * @param path of it
 */
public record StreamFile(Path path) {

  /** What machines map it in, in bytes. */
  public static final long CHUNK = 2L << 20;

  /** Of the ring, in bytes; what fits a chunk with the header. */
  private static final long RING = 1L << 20;

  /** The most that a stream may have, in bytes: it lies within a machine's first gigabytes. */
  private static final long MOST = 256L << 20;

  /** Where those of enclaves are; they can be mapped, and not be written to. */
  private static final String HUGE_PAGES = "hugetlbfs";

  private static final String MAGIC = "DVstream";
  private static final int FIXED = 24;

  /** The reader's count. */
  private static final int READ = 128;

  /** How large it is, or will be once it is made; INVALID where it is no stream. */
  public long bytes() {
    if (!Files.exists(path)) {
      return CHUNK;
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      if (Files.getFileStore(path).type().equals(HUGE_PAGES)) {
        throw unusable("is a stream of enclaves, which no VM can have").exception();
      }
      ByteBuffer header = ByteBuffer.allocate(FIXED).order(ByteOrder.LITTLE_ENDIAN);
      file.read(header, 0);
      ByteBuffer made = header(RING);
      header.flip();
      long size = file.size();
      if (header.limit() == FIXED
          && header.slice(0, 16).equals(made.slice(0, 16))
          && size % CHUNK == 0
          && size <= MOST) {
        return size;
      }
    } catch (IOException e) {
      throw unusable("cannot be read").exception(e);
    }
    throw unusable("is no stream in shared memory").exception();
  }

  private Failure unusable(String why) {
    return new Failure(
        Failure.Kind.INVALID,
        path + " " + why + ".",
        "Name a file that is not there yet, as in /dev/shm/stream; Diver makes it.");
  }

  /** How many bytes have been read so far; 0 where there is no such file any more. */
  public long read() {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer count = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      return file.read(count, READ) == Long.BYTES ? Math.max(0, count.getLong(0)) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** What makes it where it is not there. */
  public Step make() {
    return new Make(path);
  }

  /** Makes a stream with a ring of a MiB; FileAlreadyExistsException where the file is there. */
  public void create() throws IOException {
    Path file =
        path.resolveSibling(
            path.getFileName() + "." + Long.toHexString(ThreadLocalRandom.current().nextLong()));
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
        // all of it: a machine that writes where the disk is full is killed (mmap(2), SIGBUS)
        for (ByteBuffer zeros = ByteBuffer.allocate((int) CHUNK); zeros.hasRemaining(); ) {
          open.write(zeros);
        }
        open.write(header(RING), 0);
      }
      Files.createLink(path, file); // whole, or not at all
    } finally {
      Files.delete(file);
    }
  }

  private static ByteBuffer header(long ring) {
    ByteBuffer header = ByteBuffer.allocate(FIXED).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < MAGIC.length(); i++) {
      header.put((byte) MAGIC.charAt(i));
    }
    return header.putInt(StreamNote.VERSION).putInt(0).putLong(ring).flip();
  }

  private record Make(Path path) implements Step {
    @Override
    public void carryOut() throws IOException {
      try {
        new StreamFile(path).create();
      } catch (FileAlreadyExistsException e) {
        // who has the other end was faster
      }
    }

    @Override
    public String toShell() {
      String name = ShellWords.quote(path.toString());
      return String.join(
          "\n",
          List.of(
              "if [ ! -e " + name + " ]; then",
              "(umask 077; head -c " + CHUNK + " /dev/zero >" + name + ")",
              "printf '"
                  + MAGIC
                  + "\\001\\0\\0\\0\\0\\0\\0\\0\\0\\0\\020' | dd conv=notrunc status=none of="
                  + name,
              "fi"));
    }
  }
}
