package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.TimeSpan;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;

/** Starts the processes of gangs on this machine, each on its cores. */
final class GangLauncher {

  private final Pipeline pipeline;
  private final Supervisor supervisor;
  private final TaskFiles files;
  private final PipelineFolder folder;
  private final RunSettings settings;
  private final Set<String> streaming;

  GangLauncher(
      Supervisor supervisor,
      TaskFiles files,
      PipelineFolder folder,
      RunSettings settings,
      Set<String> streaming) {
    this.supervisor = supervisor;
    this.pipeline = files.pipeline();
    this.files = files;
    this.folder = folder;
    this.settings = settings;
    this.streaming = streaming;
  }

  /**
   * Starts all of a gang.
   *
   * @param said is told of each line that a task writes to standard error, or to standard output
   *     where nobody reads that
   * @param exits is told of each end
   */
  GangRun launch(
      List<Integer> gang, Admission.Room room, GangRun.Ear said, BlockingQueue<GangRun.Exit> exits)
      throws InterruptedException {
    Redirect unread =
        switch (settings.unread()) {
          case OUTPUT, ERRORS -> Redirect.INHERIT; // which of them, the supervisor knows
          case TOLD -> Redirect.PIPE;
        };
    Path streams = streaming.isEmpty() ? folder.pipes() : folder.streams();
    Plumbing plumbing = new Plumbing(files, folder.pipes(), _ -> unread, streaming, streams);
    List<Plumbing.Ends> ends = plumbing.ends(gang);
    plumbing.joined().forEach(this::join);
    List<GangRun.Part> parts = new ArrayList<>();
    for (int i = 0; i < gang.size(); i++) {
      Task task = files.graph().tasks().get(gang.get(i));
      TaskCommand own =
          TaskCommand.of(
              pipeline, task, ends.get(i).ports(), ends.get(i).streams(), settings, folder.id());
      parts.add(
          new GangRun.Part(
              gang.get(i),
              own,
              ends.get(i),
              limits(pipeline.stage(task.stage()), room.of(gang.get(i)))));
    }
    for (Plumbing.Carrier carrier : plumbing.carriers()) {
      parts.add(
          new GangRun.Part(
              carrier.task(),
              carried(carrier),
              new Plumbing.Ends(carrier.in(), carrier.out(), Map.of()),
              new Supervisor.Limits(List.of(), 0, 0)));
    }
    return GangRun.start(supervisor, files, gang, parts, plumbing, said, exits);
  }

  private static Supervisor.Limits limits(Stage stage, List<Integer> cores) {
    return new Supervisor.Limits(
        cores,
        stage.timeout().map(TimeSpan::millis).orElse(0L),
        TaskCommand.grace(stage).toMillis());
  }

  private TaskCommand carried(Plumbing.Carrier carrier) {
    Map<String, String> environment = new HashMap<>(settings.host().environment());
    environment.put(TaskCommand.MARK, folder.id());
    return new TaskCommand(carrier.words(), environment);
  }

  private void join(Plumbing.Joined joined) {
    try (OutputStream out = Files.newOutputStream(joined.whole())) {
      for (Path part : joined.parts()) {
        Files.copy(part, out);
      }
    } catch (IOException e) {
      throw new Failure(
              Failure.Kind.FAILED,
              "The files that feed a stage could not be put together in %s: %s."
                  .formatted(joined.whole(), e.getMessage()),
              "See that those who feed it leave their files, and that the disk has room.")
          .exception(e);
    }
  }
}
