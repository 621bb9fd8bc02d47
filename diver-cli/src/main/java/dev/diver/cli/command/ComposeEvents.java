package dev.diver.cli.command;

import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.kernels.spec.TimeSpan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What happens while a pipeline runs, for programs. */
final class ComposeEvents {

  private ComposeEvents() {}

  /** An event as JSON. */
  static Map<String, Object> tree(RunEvent event) {
    Map<String, Object> tree = new LinkedHashMap<>();
    switch (event) {
      case RunEvent.Started(String task, int attempt, long pid, List<Integer> cores) -> {
        tree.put("event", "started");
        tree.put("task", task);
        tree.put("attempt", attempt);
        tree.put("pid", pid);
        tree.put("cores", cores);
      }
      case RunEvent.Submitted(String task, String job) -> {
        tree.put("event", "submitted");
        tree.put("task", task);
        tree.put("job", job);
      }
      case RunEvent.Dispatched(String task, int attempt, String job, String node) -> {
        tree.put("event", "started");
        tree.put("task", task);
        tree.put("attempt", attempt);
        tree.put("job", job);
        tree.put("node", node);
      }
      case RunEvent.Requeued(String task, String job) -> {
        tree.put("event", "requeued");
        tree.put("task", task);
        tree.put("job", job);
      }
      case RunEvent.Ended ended -> {
        tree.put("event", "ended");
        tree.put("task", ended.task());
        tree.put("status", ended.status());
        tree.put("stopped", ended.stopped());
        tree.put("took_ms", ended.took().toMillis());
        tree.put("last_lines", ended.lines());
        ended.cause().ifPresent(cause -> tree.put("cause", cause.what()));
      }
      case RunEvent.Retried(String task, int left) -> {
        tree.put("event", "retried");
        tree.put("task", task);
        tree.put("left", left);
      }
      case RunEvent.Reused(String task) -> {
        tree.put("event", "reused");
        tree.put("task", task);
      }
      case RunEvent.Skipped(String task) -> {
        tree.put("event", "skipped");
        tree.put("task", task);
      }
      case RunEvent.Waiting(String task, List<Integer> cores) -> {
        tree.put("event", "waiting");
        tree.put("task", task);
        tree.put("cores", cores);
      }
      case RunEvent.TimedOut(TimeSpan limit) -> {
        tree.put("event", "timed out");
        tree.put("limit_ms", limit.millis());
      }
      case RunEvent.Carried(String task, String to, long bytes) -> {
        tree.put("event", "carried");
        tree.put("task", task);
        tree.put("to", to);
        tree.put("bytes", bytes);
      }
      case RunEvent.Printed(String task, String line) -> {
        tree.put("event", "printed");
        tree.put("task", task);
        tree.put("line", line);
      }
      case RunEvent.Said(String task, String line) -> {
        tree.put("event", "said");
        tree.put("task", task);
        tree.put("line", line);
      }
    }
    return tree;
  }
}
