package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs pipelines on this machine: each gang as soon as what it waits for has ended and its cores
 * and memory are free, those first that the plan has first. Nothing of a run outlives it.
 */
public final class LocalEngine implements Engine {

  private static final List<String> PROGRAMS = List.of("mkfifo", "tee");

  private final PipelinePlan plan;
  private final Set<String> streaming;

  /** For pipelines of this plan. */
  public LocalEngine(PipelinePlan plan) {
    this(plan, Set.of());
  }

  /**
   * The same where some stages can be joined by more than pipes.
   *
   * @param streaming the stages, see {@link StreamingStages}
   */
  public LocalEngine(PipelinePlan plan, Set<String> streaming) {
    this.plan = plan;
    this.streaming = Set.copyOf(streaming);
  }

  @Override
  public int run(
      Pipeline pipeline, TaskGraph graph, RunSettings settings, Consumer<RunEvent> listener)
      throws InterruptedException {
    for (String program : PROGRAMS) {
      if (settings.host().program(program).isEmpty()) {
        throw new Failure(
                Failure.Kind.MISSING,
                "There is no " + program + " on PATH, which runs stages.",
                "Install it: sudo apt-get install -y coreutils")
            .exception();
      }
    }
    PipelineFolder folder = PipelineFolder.open(settings.folders(), pipeline, settings.resume());
    TaskFiles files = new TaskFiles(pipeline, graph, folder.kept());
    FinishedGangs finished = new FinishedGangs(files, settings.host(), folder.finished());
    if (settings.resume()) {
      finished.removeUnfinished();
    }
    Supervisor supervisor =
        Supervisor.start(settings.host(), settings.unread() == RunSettings.Unread.ERRORS);
    GangLauncher launcher = new GangLauncher(supervisor, files, folder, settings, streaming);
    return new LocalRun(pipeline, plan, settings, listener, folder, finished, supervisor, launcher)
        .run();
  }
}
