package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.RunEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What runs of a pipeline right now, as lines of text: a line for each stage with its cores, its
 * time and what it has sent to whom, and one for all of them.
 */
final class ComposeView {

  private static final int MOST_STAGES = 12;

  /** A stage that runs. */
  private record Running(long since, List<Integer> cores, Map<String, Long> carried) {}

  private final PipelinePlan plan;
  private final long began = System.nanoTime();
  private final Map<String, Running> running = new LinkedHashMap<>();
  private final Set<String> over = new HashSet<>();

  ComposeView(PipelinePlan plan) {
    this.plan = plan;
  }

  void accept(RunEvent event) {
    switch (event) {
      case RunEvent.Started started -> {
        running.put(
            started.task(), new Running(System.nanoTime(), started.cores(), new LinkedHashMap<>()));
        over.remove(started.task()); // it is tried again
      }
      case RunEvent.Ended ended -> {
        running.remove(ended.task());
        over.add(ended.task());
      }
      case RunEvent.Reused reused -> over.add(reused.task());
      case RunEvent.Skipped skipped -> over.add(skipped.task());
      case RunEvent.Carried carried -> {
        Running from = running.get(carried.task());
        if (from != null) {
          from.carried.put(carried.to(), carried.bytes());
        }
      }
      case RunEvent.Retried _,
          RunEvent.Waiting _,
          RunEvent.TimedOut _,
          RunEvent.Submitted _,
          RunEvent.Dispatched _,
          RunEvent.Requeued _,
          RunEvent.Said _,
          RunEvent.Printed _ -> {}
    }
  }

  /** The lines at this moment of System.nanoTime. */
  List<String> lines(long now) {
    List<String> lines = new ArrayList<>();
    int width = running.keySet().stream().mapToInt(String::length).max().orElse(0);
    running.entrySet().stream()
        .limit(MOST_STAGES)
        .forEach(one -> lines.add(line(one.getKey(), one.getValue(), width, now)));
    if (running.size() > MOST_STAGES) {
      lines.add("  … and " + (running.size() - MOST_STAGES) + " more");
    }
    lines.add(summary(now));
    return lines;
  }

  private static String line(String name, Running one, int width, long now) {
    String carried =
        one.carried.entrySet().stream()
            .map(to -> "-> " + to.getKey() + " " + Quantity.bytes(to.getValue()))
            .collect(Collectors.joining(", "));
    String cores =
        one.cores.isEmpty()
            ? ""
            : "core " + ComposePlan.cores(one.cores.stream().sorted().toList());
    return ("  %-" + Math.max(1, width) + "s  %-10s %8s  %s")
        .formatted(name, cores, seconds(now - one.since), carried)
        .stripTrailing();
  }

  private static String seconds(long nanos) {
    return ComposePlan.seconds(nanos / 1_000_000_000 * 1000);
  }

  private String summary(long now) {
    Set<Integer> busy = new HashSet<>();
    running.values().forEach(one -> busy.addAll(one.cores));
    return "  %d of %d stages over, %d of %d cores busy, %s of about %s"
        .formatted(
            over.size(),
            plan.graph().tasks().size(),
            busy.size(),
            plan.capacity().cores().size(),
            seconds(now - began),
            ComposePlan.seconds(plan.makespan()));
  }
}
