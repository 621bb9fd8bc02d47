package dev.diver.deploy.pipeline;

import dev.diver.deploy.stream.StreamFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How many bytes have gone through the edges of a gang, as seen from outside, since no byte passes
 * through Diver. Of a file, that is its size. A stream in shared memory says it. Of a pipe, it is
 * what the processes have written that have it open for writing, or what those have read that have
 * it open for reading, whichever is less (proc(5), io: wchar and rchar, which those of a process's
 * ended children are added to); a process that writes or reads much else makes it too much.
 */
final class Traffic {

  private static final Path PROC = Path.of("/proc");

  private final List<Edge> edges;
  private final Plumbing plumbing;
  private final TaskFiles files;
  private final List<Long> processes;
  private final Map<Edge, Long> most = new HashMap<>();

  /**
   * Of what leads from these tasks.
   *
   * @param processes the numbers of theirs, and of those that carry bytes between them
   */
  Traffic(List<Integer> tasks, Plumbing plumbing, TaskFiles files, List<Long> processes) {
    this.edges =
        files.graph().edges().stream()
            .filter(edge -> tasks.contains(edge.from()) && edge.kind() != Edge.Kind.ORDER)
            .toList();
    this.plumbing = plumbing;
    this.files = files;
    this.processes = processes;
  }

  /** What one process has open and has done. */
  private record Ends(Map<Path, Boolean> pipes, long read, long written) {}

  /**
   * The bytes by edges, as of now; of an edge whose processes have ended, as of when it was last
   * asked.
   */
  Map<Edge, Long> bytes() {
    List<Ends> ends = edges.stream().anyMatch(this::isPipe) ? ends() : List.of();
    for (Edge edge : edges) {
      long now =
          plumbing
              .path(edge)
              .map(
                  path ->
                      plumbing.streams().contains(path)
                          ? new StreamFile(path).read()
                          : through(path, ends))
              .orElseGet(() -> size(files.output(edge.from(), edge.output())));
      most.merge(edge, now, Math::max);
    }
    return Map.copyOf(most);
  }

  private boolean isPipe(Edge edge) {
    return plumbing.path(edge).isPresent();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException _) {
      return 0; // not there yet
    }
  }

  private static long through(Path pipe, List<Ends> ends) {
    long written = 0;
    long read = 0;
    for (Ends one : ends) {
      Boolean writes = one.pipes.get(pipe);
      written += Boolean.TRUE.equals(writes) ? one.written : 0;
      read += Boolean.FALSE.equals(writes) ? one.read : 0;
    }
    return Math.min(written, read);
  }

  /** Of all processes that the gang has. */
  private List<Ends> ends() {
    List<Ends> all = new ArrayList<>();
    for (long process : processes) {
      ProcessHandle.of(process).stream()
          .flatMap(own -> Stream.concat(Stream.of(own), own.descendants()))
          .forEach(handle -> ends(handle.pid()).ifPresent(all::add));
    }
    return all;
  }

  private static Optional<Ends> ends(long pid) {
    Path process = PROC.resolve(Long.toString(pid));
    Map<Path, Boolean> pipes = new HashMap<>();
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      for (Path descriptor : descriptors.toList()) {
        Path target = Files.readSymbolicLink(descriptor);
        if (target.isAbsolute() && !pipes.containsKey(target) && !target.startsWith("/dev")) {
          pipes.put(target, writes(process, descriptor));
        }
      }
      long read = 0;
      long written = 0;
      for (String line : Files.readAllLines(process.resolve("io"))) {
        read = line.startsWith("rchar:") ? number(line, 10) : read;
        written = line.startsWith("wchar:") ? number(line, 10) : written;
      }
      return Optional.of(new Ends(pipes, read, written));
    } catch (IOException _) {
      return Optional.empty(); // it has ended
    }
  }

  /** The access mode is in the last two bits of the flags, in octal (proc(5), fdinfo). */
  private static boolean writes(Path process, Path descriptor) throws IOException {
    Path info = process.resolve("fdinfo").resolve(String.valueOf(descriptor.getFileName()));
    for (String line : Files.readAllLines(info)) {
      if (line.startsWith("flags:")) {
        return (number(line, 8) & 3) != 0;
      }
    }
    return false;
  }

  private static long number(String line, int radix) {
    return Long.parseLong(line.substring(line.indexOf(':') + 1).strip(), radix);
  }
}
