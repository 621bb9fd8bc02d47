package dev.diver.cli.command;

import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.deploy.pipeline.Capacity;
import dev.diver.deploy.pipeline.LocalEngine;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.store.DiverHome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code diver compose run}. */
final class ComposeRun implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Runs a pipeline: every stage as soon as what feeds it is there and its cores are free, \
            joined by pipes and files, never two stages on the same core, also where several \
            pipelines run at once. The whole of the file is checked first.

            Standard output that no stage reads is Diver's own; what stages write to standard \
            error comes line by line, with the stage's name. Where a stage fails that no other \
            one's condition reckons with, those that run are stopped, and its status is Diver's. \
            Nothing that a stage has started stays.

            With --resume, a stage is not run again that has succeeded in the last run, if that \
            failed or was interrupted, and whose command, program, inputs and outputs are still \
            the same. What other stages have half written is removed first.\
            """)
        .optionalArgument(ComposeInput.FILE, ComposeInput.FILE_HELP);
    ComposeInput.capacityOptions(page)
        .flag("--resume", "go on where the last run of this pipeline ended")
        .flag("-q, --quiet", "say nothing but what stages write, and what fails")
        .flag("--json", "write what happens to standard output, an object in each line")
        .example("Run the pipeline in this folder", "compose run")
        .example("Go on after a failure", "compose run --resume")
        .example("Leave two cores to others", "compose run --cpus 2-7 pipeline.toml");
  }

  @Override
  public int run(Given given, Shell shell) throws InterruptedException {
    Capacity capacity = ComposeInput.capacity(given);
    Pipeline pipeline = ComposeInput.pipeline(given, shell, Optional.of(capacity));
    PipelinePlan plan = PipelinePlan.of(TaskGraph.of(pipeline), capacity);
    RunSettings settings =
        new RunSettings(
            ComposeInput.host(shell),
            DiverHome.locate(shell.environment()).pipelines(),
            Launcher.command(),
            given.has("--json"),
            given.has("--resume"));
    Report report = new Report(shell, given.has("--json"), given.has("--quiet"));
    int status = new LocalEngine(plan).run(pipeline, plan.graph(), settings, report::tell);
    if (status != 0) {
      report.doing("Resume", "with --resume, which runs only what has not finished");
    }
    return status;
  }

  /** Tells of what happens, one at a time. */
  private static final class Report {
    private final Shell shell;
    private final boolean json;
    private final boolean quiet;
    private Optional<String> failed = Optional.empty();

    Report(Shell shell, boolean json, boolean quiet) {
      this.shell = shell;
      this.json = json;
      this.quiet = quiet;
    }

    synchronized void tell(RunEvent event) {
      if (json) {
        shell.printJsonLine(tree(event));
        return;
      }
      switch (event) {
        case RunEvent.Said said ->
            shell.say(
                Style.DIM.of(said.task() + " |", shell.colorErr()) + " " + Plain.line(said.line()));
        case RunEvent.Started started ->
            doing(
                "Started",
                started.task()
                    + (started.cores().isEmpty() ? "" : " on " + cores(started.cores())));
        case RunEvent.Ended ended -> ended(ended);
        case RunEvent.Retried retried ->
            doing("Retrying", retried.task() + " (" + retried.left() + " more if it fails)");
        case RunEvent.Reused reused -> doing("Unchanged", reused.task());
        case RunEvent.Skipped skipped -> doing("Skipped", skipped.task());
        case RunEvent.Waiting wait ->
            doing(
                "Waiting",
                wait.task() + " waits for " + cores(wait.cores()) + ", which another pipeline has");
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
                "Stage %s ended with status %d%s.%s"
                    .formatted(
                        ended.task(),
                        ended.status(),
                        took,
                        lines.isEmpty() ? "" : " The last that it said:" + lines),
                ended.status() == 124
                    ? "Its time was over: give it more with timeout, or see what it waits for."
                    : "Mend it, or say with when or retries what is to happen then."));
      }
    }

    private static String cores(List<Integer> cores) {
      return (cores.size() == 1 ? "core " : "cores ")
          + cores.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static Map<String, Object> tree(RunEvent event) {
      Map<String, Object> tree = new LinkedHashMap<>();
      switch (event) {
        case RunEvent.Started(String task, int attempt, long pid, List<Integer> cores) -> {
          tree.put("event", "started");
          tree.put("task", task);
          tree.put("attempt", attempt);
          tree.put("pid", pid);
          tree.put("cores", cores);
        }
        case RunEvent.Ended ended -> {
          tree.put("event", "ended");
          tree.put("task", ended.task());
          tree.put("status", ended.status());
          tree.put("stopped", ended.stopped());
          tree.put("took_ms", ended.took().toMillis());
          tree.put("last_lines", ended.lines());
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
        case RunEvent.Said(String task, String line) -> {
          tree.put("event", "said");
          tree.put("task", task);
          tree.put("line", line);
        }
      }
      return tree;
    }
  }
}
