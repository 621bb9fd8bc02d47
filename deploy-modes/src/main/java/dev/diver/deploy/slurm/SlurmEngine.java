package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.Engine;
import dev.diver.deploy.pipeline.FinishedGangs;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelineFolder;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.TaskFiles;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.reference.Digest;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Hands pipelines to Slurm: all of the graph at once, a job for each gang with its dependencies,
 * and an array where stages are scattered. The folder of the run is below the pipeline's, which all
 * nodes have to see; what happens is read from there, and Slurm is asked for what no file tells.
 *
 * <p>Jobs go on without Diver: the next run finds them, follows them where it resumes, and else
 * starts nothing beside them.
 */
public final class SlurmEngine implements Engine {

  /** Below a pipeline's folder, for what is kept of its runs. */
  public static final String FOLDER = ".diver";

  private final OutputStream unread;

  /** Where standard output goes that no stage reads. */
  public SlurmEngine(OutputStream unread) {
    this.unread = unread;
  }

  @Override
  public int run(
      Pipeline pipeline, TaskGraph graph, RunSettings settings, Consumer<RunEvent> listener)
      throws InterruptedException {
    Slurm slurm = Slurm.of(settings.host());
    checkNodes(pipeline, graph, slurm.nodes());
    try (PipelineFolder kept = PipelineFolder.open(settings.folders(), pipeline, true)) {
      SlurmFolder folder = new SlurmFolder(Path.of(kept.id()).resolve("slurm"));
      TaskFiles files = new TaskFiles(pipeline, graph, kept.kept());
      String definition = Digest.of(graph.toString().getBytes(StandardCharsets.UTF_8)).toString();
      List<String> living = living(slurm, folder);
      if (!living.isEmpty() && !settings.resume()) {
        throw stillThere(pipeline, living, "Follow it with --resume");
      }
      boolean same = folder.definition().equals(Optional.of(definition));
      if (!living.isEmpty() && !same) {
        throw stillThere(
            pipeline,
            living,
            "The pipeline has been changed since; wait for the end of the old one");
      }
      if (!settings.resume()) {
        kept.forget();
      }
      if (living.isEmpty() && settings.resume() && same) {
        try (FinishedGangs former = new FinishedGangs(files, settings.host(), kept.finished())) {
          recordFinished(files, folder, former); // written when it is closed
        }
      }
      int status;
      try (FinishedGangs finished = new FinishedGangs(files, settings.host(), kept.finished())) {
        status =
            new SlurmRun(
                    files,
                    settings,
                    slurm,
                    folder,
                    finished,
                    definition,
                    new Announcer(files, settings, unread, listener))
                .run(!living.isEmpty());
      }
      if (status == 0) {
        kept.forget();
      }
      return status;
    }
  }

  /** The jobs of a run that was submitted as a whole; those of one that was not are cancelled. */
  private static List<String> living(Slurm slurm, SlurmFolder folder) throws InterruptedException {
    List<String> living = slurm.living(folder.comment());
    if (living.isEmpty() || folder.definition().isPresent()) {
      return living;
    }
    slurm.cancel(living);
    while (!slurm.living(folder.comment()).isEmpty()) {
      Thread.sleep(SlurmRun.POLL_MILLIS);
    }
    return List.of();
  }

  private static RuntimeException stillThere(Pipeline pipeline, List<String> jobs, String other) {
    int most = 10;
    String some =
        jobs.stream().limit(most).collect(Collectors.joining(" "))
            + (jobs.size() > most ? " and " + (jobs.size() - most) + " more" : "");
    return new Failure(
            Failure.Kind.CONFLICT,
            "A run of " + pipeline.file() + " is still in Slurm (jobs " + some + ").",
            other
                + ", or end it: scancel "
                + jobs.stream().limit(most).collect(Collectors.joining(" "))
                + ".")
        .exception();
  }

  /** Of a run whose end nobody saw, what has succeeded is not to run again. */
  private static void recordFinished(TaskFiles files, SlurmFolder folder, FinishedGangs finished) {
    Map<Integer, List<Integer>> gangs = new HashMap<>();
    files.graph().gangs().forEach(gang -> gangs.put(gang.getFirst(), gang));
    folder
        .submitted()
        .forEach(
            (number, job) -> {
              List<Integer> gang = gangs.getOrDefault(number, List.of());
              SubmittedGang submitted = new SubmittedGang(gang, job, folder);
              for (String line : submitted.events.lines(true)) {
                switch (GangEvent.parse(line).orElse(new GangEvent.Skipped())) {
                  case GangEvent.Began began -> submitted.begin(began);
                  case GangEvent.Over over when over.status() == 0 ->
                      finished.finished(gang, submitted.began);
                  default -> {}
                }
              }
            });
  }

  /** Each gang has to fit on one node, since pipes end there. */
  private static void checkNodes(Pipeline pipeline, TaskGraph graph, List<Slurm.Node> nodes) {
    for (SlurmJob job : SlurmJob.of(pipeline, graph, graph.gangs(), Pipeline.MOST_TASKS)) {
      boolean fits =
          nodes.stream()
              .anyMatch(node -> node.cpus() >= job.cpus() && node.memory() >= job.memory());
      if (!fits) {
        List<Integer> gang = job.gangs().getFirst();
        throw new Failure(
                Failure.Kind.INVALID,
                "Stage %s takes %d cores and %d MiB on one node, and %s."
                    .formatted(
                        gang.stream()
                            .map(task -> graph.tasks().get(task).name())
                            .collect(Collectors.joining(" with ")),
                        job.cpus(),
                        job.memory() >> 20,
                        largest(nodes)),
                gang.size() == 1
                    ? "Give it less, or name another partition with SBATCH_PARTITION."
                    : "Have one of them write to a file with stdout = \"FILE\", or name another"
                        + " partition with SBATCH_PARTITION.")
            .exception();
      }
    }
  }

  private static String largest(List<Slurm.Node> nodes) {
    int cpus = nodes.stream().mapToInt(Slurm.Node::cpus).max().orElse(0);
    long memory = nodes.stream().mapToLong(Slurm.Node::memory).max().orElse(0);
    return nodes.isEmpty()
        ? "there is no node in the partition"
        : "the nodes of the partition have %d CPUs and %d MiB at most"
            .formatted(cpus, memory >> 20);
  }
}
