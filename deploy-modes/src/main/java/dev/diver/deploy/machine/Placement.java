package dev.diver.deploy.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Which of the host's cores run a machine's cores and the delegate beside them. A kernel and its
 * delegate look at shared memory until the other has written there; left to itself, Linux puts two
 * that wake each other onto one core, where each only moves when the other sleeps: a forwarded call
 * then takes 70 µs instead of 0.4.
 *
 * <p>A host with too few cores is left alone, as is one without taskset(1): it is slower, and as
 * right.
 *
 * @param core for each core of the machine, the host's
 * @param others what is left: the delegate's
 */
public record Placement(List<Integer> core, List<Integer> others) {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  /**
   * A core of its own for each of {@code count}, and one more at least if there is a delegate on
   * the host; empty where there are too few.
   *
   * @param allowed what this process may use
   * @param first where to begin among them, so that not every machine takes the same
   */
  static Optional<Placement> of(List<Integer> allowed, int count, boolean delegate, int first) {
    if (allowed.size() < count + (delegate ? 1 : 0)) {
      return Optional.empty();
    }
    List<Integer> turned = new ArrayList<>(allowed);
    Collections.rotate(turned, -(first % allowed.size()));
    return Optional.of(
        new Placement(
            List.copyOf(turned.subList(0, count)),
            List.copyOf(turned.subList(count, turned.size()))));
  }

  /**
   * Places the threads of a machine's cores, and the delegates with all of their threads.
   *
   * @param threads of the machine's cores, by Linux's numbers
   * @param delegates processes on this host; may be none
   */
  public static void place(Host host, List<Long> threads, List<Long> delegates)
      throws IOException, InterruptedException {
    Optional<Path> taskset = host.program("taskset");
    int first = threads.isEmpty() ? 0 : (int) (threads.getFirst() % Integer.MAX_VALUE);
    Optional<Placement> placement = of(allowed(), threads.size(), !delegates.isEmpty(), first);
    if (taskset.isEmpty() || placement.isEmpty()) {
      return;
    }
    for (int i = 0; i < threads.size(); i++) {
      pin(taskset.get(), "-pc", placement.get().core().subList(i, i + 1), threads.get(i));
    }
    for (long delegate : delegates) {
      pin(taskset.get(), "-apc", placement.get().others(), delegate);
    }
  }

  /** A thread that has ended meanwhile is nobody's loss. */
  private static void pin(Path taskset, String how, List<Integer> cores, long thread)
      throws IOException, InterruptedException {
    String list = cores.stream().map(String::valueOf).collect(Collectors.joining(","));
    ShortRun.of(List.of(taskset.toString(), how, list, Long.toString(thread)), DEADLINE);
  }

  /** The cores that this process may use. */
  public static List<Integer> allowed() throws IOException {
    return allowed(Files.readString(STATUS));
  }

  /** The cores that a process may use, from its status as in proc_pid_status(5). */
  static List<Integer> allowed(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith(ALLOWED))
        .flatMap(line -> Stream.of(line.substring(ALLOWED.length()).strip().split(",", -1)))
        .map(range -> range.split("-", -1))
        .flatMapToInt(
            ends ->
                IntStream.rangeClosed(
                    Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
        .boxed()
        .toList();
  }
}
