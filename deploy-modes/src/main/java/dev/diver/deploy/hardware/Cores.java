package dev.diver.deploy.hardware;

import dev.diver.deploy.node.Answer;
import dev.diver.deploy.node.Node;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.CpuList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which cores of a node a dive takes. */
final class Cores {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,4})(?:-([0-9]{1,4}))?");

  private Cores() {}

  /**
   * Those that were asked for; where only their number was, the last ones that the node's Linux
   * runs on. Linux keeps core 0 in any case: not every machine can do without it.
   */
  static List<Integer> choose(Node node, Optional<CpuList> asked) {
    CpuList cpus = asked.orElse(CpuList.count(1));
    if (cpus.which().contains(0)) {
      throw RequestCheck.invalid(
          "Core 0 cannot be taken: the Linux on " + node.name() + " keeps it.",
          "Give cores from 1 on, as in --cpus 1-" + Math.max(1, cpus.count() - 1) + ".");
    }
    return cpus.which().isEmpty() ? last(cpus.count(), node) : cpus.which();
  }

  private static List<Integer> last(int count, Node node) {
    List<Integer> free = online(node);
    free.remove(Integer.valueOf(0));
    if (free.size() < count) {
      throw new Failure(
              Failure.Kind.EXHAUSTED,
              count
                  + (count == 1 ? " core was" : " cores were")
                  + " asked for, and "
                  + node.name()
                  + " has "
                  + (free.isEmpty() ? "none" : free.size())
                  + " beside core 0, which its Linux keeps.",
              "Ask for fewer with --cpus, or end a dive there.")
          .exception();
    }
    return List.copyOf(free.subList(free.size() - count, free.size()));
  }

  private static List<Integer> online(Node node) {
    try {
      Answer answer =
          node.ask(List.of("cat", "/sys/devices/system/cpu/online"), Optional.empty(), SOON);
      return parse(answer.text().strip());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.INTERRUPTED, "The dive was interrupted.", "Start it again.")
          .exception(e);
    }
  }

  /** A list as Linux writes it: {@code 0-2,5}; what is no range is passed over. */
  static List<Integer> parse(String text) {
    List<Integer> cores = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (range.matches()) {
        int first = Integer.parseInt(range.group(1));
        int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
        for (int core = first; core <= last; core++) {
          cores.add(core);
        }
      }
    }
    Collections.sort(cores);
    return cores;
  }
}
