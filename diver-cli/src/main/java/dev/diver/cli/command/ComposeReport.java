package dev.diver.cli.command;

import dev.diver.cli.output.LiveLines;
import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.PipelineState;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.TimeSpan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Tells people of what happens while a pipeline runs, one at a time: line by line, and on a
 * terminal in lines below that show what runs.
 */
final class ComposeReport implements Consumer<RunEvent>, AutoCloseable {

  private static final long REDRAW_NANOS = 500_000_000;

  private final Shell shell;
  private final boolean quiet;
  private final Optional<LiveLines> live;
  private final Optional<ComposeView> view;
  private Optional<String> failed = Optional.empty();
  private boolean closed;

  /**
   * A report.
   *
   * @param plan of what runs on this machine's cores, to be shown on a terminal
   */
  ComposeReport(Shell shell, Optional<PipelinePlan> plan, boolean quiet) {
    this.shell = shell;
    this.quiet = quiet;
    Optional<PipelinePlan> shown = plan.filter(_ -> isLive(shell, quiet));
    this.view = shown.map(ComposeView::new);
    this.live = shown.map(_ -> new LiveLines(shell));
    live.ifPresent(_ -> Thread.ofVirtual().start(this::redraw));
  }

  /** Whether there is a terminal to show what runs on. */
  static boolean isLive(Shell shell, boolean quiet) {
    return !quiet && shell.terminals().err();
  }

  /** Says why stages have the modes that they left open. */
  synchronized void modes(Map<String, String> reasons) {
    reasons.forEach((stage, why) -> doing("Chose", stage + ": " + why));
  }

  private void redraw() {
    while (draw()) {
      LockSupport.parkNanos(REDRAW_NANOS);
    }
  }

  private synchronized boolean draw() {
    if (!closed) {
      live.ifPresent(lines -> lines.show(view.orElseThrow().lines(System.nanoTime())));
    }
    return !closed;
  }

  @Override
  public synchronized void accept(RunEvent event) {
    view.ifPresent(shown -> shown.accept(event));
    if (event instanceof RunEvent.Carried || closed) {
      return; // the view alone shows it
    }
    live.ifPresentOrElse(lines -> lines.above(() -> tell(event)), () -> tell(event));
    draw();
  }

  private void tell(RunEvent event) {
    switch (event) {
      case RunEvent.Said said ->
          shell.say(
              Style.DIM.of(said.task() + " |", shell.colorErr()) + " " + Plain.line(said.line()));
      case RunEvent.Printed printed -> shell.println(printed.line());
      case RunEvent.Started started ->
          doing(
              "Started",
              started.task() + (started.cores().isEmpty() ? "" : " on " + cores(started.cores())));
      case RunEvent.Submitted submitted ->
          doing("Submitted", submitted.task() + " as job " + submitted.job());
      case RunEvent.Dispatched dispatched ->
          doing(
              "Started",
              dispatched.task() + " on " + dispatched.node() + " as job " + dispatched.job());
      case RunEvent.Requeued requeued ->
          doing("Requeued", requeued.task() + " as job " + requeued.job() + ", which begins anew");
      case RunEvent.Ended ended -> ended(ended);
      case RunEvent.Retried retried ->
          doing("Retrying", retried.task() + " (" + retried.left() + " more if it fails)");
      case RunEvent.Reused reused -> doing("Unchanged", reused.task());
      case RunEvent.Skipped skipped -> doing("Skipped", skipped.task());
      case RunEvent.Waiting wait ->
          doing(
              "Waiting",
              wait.task() + " waits for " + cores(wait.cores()) + ", which another pipeline has");
      case RunEvent.TimedOut over -> timedOut(over.limit());
      case RunEvent.Carried _ -> {}
    }
  }

  private void doing(String what, String whom) {
    if (!quiet) {
      shell.sayDoing(what, whom);
    }
  }

  private void ended(RunEvent.Ended ended) {
    String took = " after " + Quantity.time(ended.took());
    if (ended.status() == 0) {
      doing("Finished", ended.task() + took);
    } else if (ended.stopped()) {
      doing(
          "Stopped",
          ended.task() + took + failed.map(task -> ", since " + task + " failed").orElse(""));
    } else {
      failed = Optional.of(ended.task());
      String lines =
          ended.lines().stream()
              .map(line -> "\n  " + Plain.line(line))
              .collect(Collectors.joining());
      shell.say(
          new Failure(
              Failure.Kind.FAILED,
              "Stage %s ended with status %d%s.%s%s"
                  .formatted(
                      ended.task(),
                      ended.status(),
                      took,
                      ended.cause().map(cause -> " " + cause.what()).orElse(""),
                      lines.isEmpty() ? "" : " The last that it said:" + lines),
              ended.cause().map(Failure::remedy).orElseGet(() -> remedy(ended.status()))));
    }
  }

  private void timedOut(TimeSpan limit) {
    failed = Optional.empty(); // what is stopped now is so for another reason
    shell.say(
        new Failure(
            Failure.Kind.FAILED,
            "The pipeline did not end within %s, its timeout: what ran is stopped."
                .formatted(limit),
            "Give it more with timeout at the top of its file, or see what it waits for."));
  }

  private static String remedy(int status) {
    return status == PipelineState.TIMED_OUT
        ? "Its time was over: give it more with timeout, or see what it waits for."
        : "Mend it, then go on with --resume; or say with when or retries what is to happen.";
  }

  private static String cores(List<Integer> cores) {
    return (cores.size() == 1 ? "core " : "cores ")
        + cores.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  @Override
  public synchronized void close() {
    closed = true;
    live.ifPresent(LiveLines::close);
  }
}
