package dev.diver.kernels.elf;

import dev.diver.kernels.failure.Failure;

/**
 * The ELF note by which a kernel says that its app's standard streams can be in shared memory
 * (kernel-specs/abi, diver/stream_note.h).
 *
 * @param version of the streams that it speaks
 */
public record StreamNote(int version) {

  /** DIVER_STREAM_VERSION of the streams that this Diver makes. */
  public static final int VERSION = 1;

  /**
   * Reads a kernel.
   *
   * @param name of the kernel, for people
   * @throws dev.diver.kernels.failure.DiverException UNSUPPORTED where it has no such streams, or
   *     another version of them
   */
  public static void require(ElfFile kernel, String name) {
    StreamNote note = kernel.streams().orElseThrow(() -> unsupported(name));
    if (note.version() != VERSION) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              name
                  + " has version "
                  + note.version()
                  + " of streams in shared memory, and this Diver version "
                  + VERSION
                  + ".",
              note.version() > VERSION
                  ? "Use a newer Diver."
                  : "Use a newer version of the kernel.")
          .exception();
    }
  }

  /** UNSUPPORTED: it has none. */
  public static RuntimeException unsupported(String name) {
    return new Failure(
            Failure.Kind.UNSUPPORTED,
            name + " has no streams in shared memory.",
            "Use a kernel that does, such as remora, or a pipe.")
        .exception();
  }
}
