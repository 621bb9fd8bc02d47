package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
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

/** Starts the processes of gangs on this machine, each on its cores, tied to Diver's life. */
final class GangLauncher {

  private final Pipeline pipeline;
  private final TaskFiles files;
  private final PipelineFolder folder;
  private final RunSettings settings;
  private final Set<String> streaming;

  GangLauncher(
      Pipeline pipeline,
      TaskFiles files,
      PipelineFolder folder,
      RunSettings settings,
      Set<String> streaming) {
    this.pipeline = pipeline;
    this.files = files;
    this.folder = folder;
    this.settings = settings;
    this.streaming = streaming;
  }

  /**
   * Starts all of a gang.
   *
   * @param said is told of each line that a task writes to standard error, or to standard output
   *     where nobody reads that; a carrier speaks for the gang's first task
   * @param exits is told of each end
   */
  GangRun launch(
      List<Integer> gang, Admission.Room room, GangRun.Ear said, BlockingQueue<GangRun.Exit> exits)
      throws InterruptedException {
    Redirect unread =
        switch (settings.unread()) {
          case OUTPUT -> Redirect.INHERIT;
          case ERRORS -> Redirect.appendTo(Path.of("/dev/fd/2").toFile());
          case TOLD -> Redirect.PIPE;
        };
    Plumbing plumbing =
        new Plumbing(pipeline, files.graph(), files, folder.pipes(), _ -> unread, streaming);
    List<Plumbing.Ends> ends = plumbing.ends(gang);
    plumbing.joined().forEach(this::join);
    List<GangRun.Part> parts = new ArrayList<>();
    for (int i = 0; i < gang.size(); i++) {
      Task task = files.graph().tasks().get(gang.get(i));
      TaskCommand own =
          TaskCommand.of(
              pipeline, task, ends.get(i).ports(), ends.get(i).streams(), settings, folder.id());
      TaskCommand bound = bound(pipeline.stage(task.stage()), own, room.of(gang.get(i)));
      parts.add(new GangRun.Part(bound, ends.get(i)));
    }
    for (Plumbing.Carrier carrier : plumbing.carriers()) {
      parts.add(
          new GangRun.Part(
              carrier(carrier), new Plumbing.Ends(carrier.in(), carrier.out(), Map.of())));
    }
    return GangRun.start(
        files,
        gang,
        parts,
        plumbing,
        (place, line, printed) ->
            said.heard(gang.get(place < gang.size() ? place : 0), line, printed),
        exits);
  }

  /** setpriv ends timeout when Diver ends, and timeout all that the task has started. */
  static TaskCommand bound(Stage stage, TaskCommand own, List<Integer> cores) {
    List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "TERM"));
    if (!cores.isEmpty()) {
      words.addAll(
          List.of("taskset", "-c", String.join(",", cores.stream().map(String::valueOf).toList())));
    }
    words.addAll(TaskCommand.inTime(stage));
    words.addAll(own.words());
    return new TaskCommand(words, own.environment());
  }

  private TaskCommand carrier(Plumbing.Carrier carrier) {
    List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
    words.addAll(carrier.words());
    Map<String, String> environment = new HashMap<>(settings.host().environment());
    environment.put(TaskCommand.MARK, folder.id());
    return new TaskCommand(words, environment);
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
