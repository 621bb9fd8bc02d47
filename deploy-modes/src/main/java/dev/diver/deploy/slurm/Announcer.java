package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.TaskFiles;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.TimeSpan;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Passes on what happens to gangs, and what their tasks write. */
final class Announcer {

  private final TaskFiles files;
  private final RunSettings settings;
  private final OutputStream unread;
  private final Consumer<RunEvent> listener;

  /** Where standard output goes that no stage reads, and who is told of all else. */
  Announcer(
      TaskFiles files, RunSettings settings, OutputStream unread, Consumer<RunEvent> listener) {
    this.files = files;
    this.settings = settings;
    this.unread = unread;
    this.listener = listener;
  }

  private String name(int task) {
    return files.graph().tasks().get(task).name();
  }

  /** The same of each of these tasks, by its name. */
  void each(List<Integer> tasks, Function<String, RunEvent> event) {
    tasks.forEach(task -> listener.accept(event.apply(name(task))));
  }

  /** What tasks have written, before what is told of them; the end of it where they have ended. */
  void copy(SubmittedGang gang, boolean last) {
    gang.tasks.forEach(task -> copy(gang, task, last));
  }

  private void copy(SubmittedGang gang, int task, boolean last) {
    for (byte[] more = gang.output(task).more(); more.length > 0; more = gang.output(task).more()) {
      try {
        unread.write(more);
        unread.flush();
      } catch (IOException _) {
        // its reader has had enough; the jobs have their files all the same
      }
    }
    for (String line : gang.said(task, last)) {
      listener.accept(new RunEvent.Said(name(task), hushed(line)));
    }
  }

  private String hushed(String line) {
    return settings.hushed(files.pipeline(), line);
  }

  /** A task has ended, and perhaps Slurm knows why. */
  void ended(SubmittedGang gang, GangEvent.Ended ended, Optional<Failure> why) {
    int task = ended.task();
    copy(gang, task, true);
    listener.accept(
        new RunEvent.Ended(
            name(task),
            ended.status(),
            why.isEmpty() && ended.stopped(),
            Duration.ofMillis(ended.millis()),
            gang.lastLines(task).stream().map(this::hushed).toList(),
            why));
  }

  void timedOut(TimeSpan limit) {
    listener.accept(new RunEvent.TimedOut(limit));
  }

  void retried(GangEvent.Retried retried) {
    listener.accept(new RunEvent.Retried(name(retried.task()), retried.left()));
  }
}
