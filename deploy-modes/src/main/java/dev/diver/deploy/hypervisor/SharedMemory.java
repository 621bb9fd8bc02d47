package dev.diver.deploy.hypervisor;

import dev.diver.deploy.SharedStreams;
import dev.diver.deploy.stream.StreamFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file that is part of a machine's memory.
 *
 * @param file its content
 * @param start where it is, as the machine counts
 * @param bytes its size
 */
public record SharedMemory(Path file, long start, long bytes) {

  /** Where it is in a full VM: behind kernels, which are loaded from 1 MiB on. */
  public static final long START = 16L << 20;

  /** Streams one after another from there on, that of standard input first. */
  public static List<SharedMemory> of(SharedStreams streams, long from) {
    List<SharedMemory> shared = new ArrayList<>();
    long start = from;
    for (Path file : streams.files().toList()) {
      long bytes = new StreamFile(file).bytes();
      shared.add(new SharedMemory(file, start, bytes));
      start += bytes;
    }
    return shared;
  }

  /** How many bytes that is. */
  public static long sum(List<SharedMemory> shared) {
    return shared.stream().mapToLong(SharedMemory::bytes).sum();
  }
}
