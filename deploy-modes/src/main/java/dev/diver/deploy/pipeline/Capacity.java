package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Placement;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a machine has for a pipeline.
 *
 * @param cores by their numbers, ascending
 * @param memory in bytes
 */
public record Capacity(List<Integer> cores, long memory) {

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String TOTAL = "MemTotal:";

  public Capacity {
    cores = List.copyOf(cores);
  }

  /** The cores that this process may use, and all of the machine's memory. */
  public static Capacity ofThisMachine() {
    try {
      long kibibytes =
          Files.readAllLines(MEMINFO).stream()
              .filter(line -> line.startsWith(TOTAL))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow();
      return new Capacity(Placement.allowed(), kibibytes * 1024);
    } catch (IOException e) {
      throw IoFailure.of("read", MEMINFO, e);
    }
  }

  /**
   * The same with other cores, the first ones of another machine where only their number is said.
   */
  public Capacity with(Optional<CpuList> otherCores, Optional<MemorySize> otherMemory) {
    return new Capacity(
        otherCores
            .map(
                list ->
                    list.which().isEmpty()
                        ? IntStream.range(0, list.count()).boxed().toList()
                        : list.which())
            .orElse(cores),
        otherMemory.map(MemorySize::bytes).orElse(memory));
  }
}
