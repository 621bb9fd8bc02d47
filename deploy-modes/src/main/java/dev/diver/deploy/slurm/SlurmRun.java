package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.Ending;
import dev.diver.deploy.pipeline.FinishedGangs;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelineState;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.TaskFiles;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** One run of a pipeline in Slurm: its jobs are submitted, or those of before followed. */
final class SlurmRun {

  static final long POLL_MILLIS = 300;

  private static final Duration LONGEST_CANCEL = Duration.ofMinutes(2);
  private static final int SIGNALLED = 128;

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final RunSettings settings;
  private final Slurm slurm;
  private final SlurmFolder folder;
  private final FinishedGangs finished;
  private final String definition;
  private final Announcer announcer;
  private final QueueWatch queue;
  private final GangScript scripts;
  private final PipelineState state;
  private final List<SubmittedGang> gangs =
      new CopyOnWriteArrayList<>(); // an interruption reads it
  private final long start = System.nanoTime();
  private volatile boolean interrupted;

  SlurmRun(
      TaskFiles files,
      RunSettings settings,
      Slurm slurm,
      SlurmFolder folder,
      FinishedGangs finished,
      String definition,
      Announcer announcer) {
    this.pipeline = files.pipeline();
    this.graph = files.graph();
    this.settings = settings;
    this.slurm = slurm;
    this.folder = folder;
    this.finished = finished;
    this.definition = definition;
    this.announcer = announcer;
    this.queue = new QueueWatch(slurm);
    this.scripts = new GangScript(files, settings, folder);
    this.state = new PipelineState(pipeline, graph, graph.gangs());
  }

  /**
   * Submits the pipeline, or follows one that was submitted, until nothing of it is left.
   *
   * @return as of {@link dev.diver.deploy.pipeline.Engine#run}
   */
  int run(boolean follow) throws InterruptedException {
    try (var _ = new Ending("slurm-end", this::endAll)) {
      if (follow) {
        follow();
      } else {
        submit();
      }
      watch();
    }
    return state.result();
  }

  // --- The beginning ----------------------------------------------------------------------------

  private void submit() throws InterruptedException {
    if (settings.resume()) {
      finished.removeUnfinished();
    }
    folder.make();
    if (settings.resume()) {
      reuse();
    }
    List<List<Integer>> toRun = state.waiting();
    Submission submission =
        new Submission(
            pipeline,
            slurm,
            folder,
            scripts,
            SlurmJob.of(pipeline, graph, toRun, slurm.longestArray()));
    while (submitNext(submission)) {}
    if (!interrupted) {
      toRun.forEach(finished::begun);
      folder.submittedAll(definition);
      submission.release();
    }
  }

  /** An interruption waits for what is being submitted, so that it is cancelled, too. */
  private synchronized boolean submitNext(Submission submission) throws InterruptedException {
    if (interrupted || submission.isWhole()) {
      return false;
    }
    submission.next().forEach(this::add);
    return true;
  }

  private void add(List<Integer> gang, String job) {
    gangs.add(new SubmittedGang(gang, job, folder));
    announcer.each(gang, name -> new RunEvent.Submitted(name, job));
  }

  /** What has succeeded before and has not changed, and in turn what is fed by that. */
  private void reuse() {
    boolean again = true;
    while (again) {
      again = false;
      for (List<Integer> gang : state.ready()) {
        if (state.mayReuse(gang) && finished.isUnchanged(gang)) {
          state.reused(gang);
          gang.forEach(folder::markSucceeded);
          announcer.each(gang, RunEvent.Reused::new);
          again = true;
        }
      }
    }
  }

  private void follow() {
    Map<Integer, String> jobs = folder.submitted();
    for (List<Integer> gang : graph.gangs()) {
      String job = jobs.get(gang.getFirst());
      if (job == null) {
        state.reused(gang);
        announcer.each(gang, RunEvent.Reused::new);
      } else {
        add(gang, job);
      }
    }
  }

  // --- What happens -----------------------------------------------------------------------------

  private void watch() throws InterruptedException {
    long limit = pipeline.timeout().map(t -> t.duration().toNanos()).orElse(Long.MAX_VALUE);
    while (!interrupted && gangs.stream().anyMatch(gang -> !gang.isOver)) {
      boolean news = false;
      for (SubmittedGang gang : gangs) {
        news |= !gang.isOver && read(gang);
      }
      leaveOut(state.skip());
      if (news) {
        queue.hurry();
      } else if (queue.isDue()) {
        for (QueueWatch.Found found : queue.ask(gangs)) {
          found(found.gang(), found.seen());
        }
      }
      if (System.nanoTime() - start > limit && !state.isStopping()) {
        pipeline.timeout().ifPresent(announcer::timedOut);
        stop(PipelineState.TIMED_OUT);
        leaveOut(state.skipAll());
      }
      if (!news) {
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  /** These will not run, and their jobs have nothing to wait for. */
  private void leaveOut(List<Integer> skipped) throws InterruptedException {
    List<String> jobs = new ArrayList<>();
    for (SubmittedGang gang : gangs) {
      if (!gang.isOver && skipped.containsAll(gang.tasks)) {
        gang.isOver = true;
        jobs.add(gang.job);
      }
    }
    slurm.cancel(jobs);
    announcer.each(skipped, RunEvent.Skipped::new);
  }

  private boolean read(SubmittedGang gang) throws InterruptedException {
    List<String> lines = gang.events.lines(false);
    for (String line : lines) {
      Optional<GangEvent> event = GangEvent.parse(line);
      if (event.isPresent()) {
        happened(gang, event.get());
      }
    }
    if (gang.hasBegun) {
      announcer.copy(gang, false);
    }
    return !lines.isEmpty();
  }

  private void happened(SubmittedGang gang, GangEvent event) throws InterruptedException {
    switch (event) {
      case GangEvent.Began began -> began(gang, began);
      case GangEvent.Ended ended when gang.tasks.contains(ended.task()) -> {
        gang.end(ended);
        boolean isTold = ended.stopped() && (gang.isCancelled || gang.failed.isPresent());
        if ((ended.status() < SIGNALLED && !ended.stopped()) || isTold) {
          announcer.ended(gang, ended, Optional.empty());
        } else {
          gang.untold.add(ended); // Slurm may know why when all is over
        }
      }
      case GangEvent.Ended _ -> {}
      case GangEvent.Retried retried -> {
        gang.isToBegin = true;
        gang.untold.forEach(ended -> announcer.ended(gang, ended, Optional.empty()));
        announcer.retried(retried);
      }
      case GangEvent.Skipped _ -> {
        gang.isOver = true;
        leaveOut(state.skip(gang.tasks));
      }
      case GangEvent.Trouble trouble ->
          gang.trouble = Optional.of(LostJob.of(trouble, pipeline, folder));
      case GangEvent.Over over -> {
        boolean mayBeSlurms = gang.trouble.isEmpty() && !gang.untold.isEmpty();
        if (mayBeSlurms && !gang.isCancelled) {
          gang.said = Optional.of(new SubmittedGang.LastWord(over.status(), System.nanoTime()));
        } else {
          ended(gang, over.status(), gang.trouble.map(LostJob::why));
        }
      }
    }
  }

  private void began(SubmittedGang gang, GangEvent.Began began) throws InterruptedException {
    if (!gang.isToBegin) {
      queuedAgain(gang); // it began before Slurm was asked
    }
    state.started(gang.tasks);
    gang.begin(began);
    announcer.each(
        gang.tasks, name -> new RunEvent.Dispatched(name, began.attempt(), gang.job, began.node()));
    if (state.isStopping() && !scripts.isAlways(gang.tasks)) {
      cancel(List.of(gang)); // it began before Slurm was told
    }
  }

  private void queuedAgain(SubmittedGang gang) {
    gang.queueAgain();
    announcer.each(gang.tasks, name -> new RunEvent.Requeued(name, gang.job));
  }

  /** Slurm has more to say of a gang than the gang itself. */
  private void found(SubmittedGang gang, SeenJob seen) throws InterruptedException {
    if (seen.isQueued()) {
      queuedAgain(gang);
    } else if (gang.said.isPresent()) {
      boolean isSlurms = seen.isOver() && !seen.isUnknown() && !seen.endedByItself();
      ended(
          gang,
          gang.said.get().status(),
          isSlurms ? Optional.of(LostJob.of(gang, seen, folder).why()) : Optional.empty());
    } else if (gang.hasBegun || !seen.isNeverSatisfied()) {
      LostJob lost = LostJob.of(gang, seen, folder);
      ended(gang, lost.status(), gang.isCancelled ? Optional.empty() : Optional.of(lost.why()));
    } else if (state.isReady(gang.tasks)) {
      LostJob lost = LostJob.neverStarted(gang.job);
      ended(gang, lost.status(), Optional.of(lost.why()));
    } // else what it waits for is yet to tell of its end, and then it is left out
  }

  private void ended(SubmittedGang gang, int status, Optional<Failure> why)
      throws InterruptedException {
    gang.conclude(status);
    Optional<GangEvent.Ended> hit = why.flatMap(_ -> gang.hit());
    for (GangEvent.Ended ended : gang.untold) {
      boolean isHit = hit.equals(Optional.of(ended));
      announcer.ended(gang, ended, isHit ? why : Optional.empty());
    }
    announcer.copy(gang, true);
    state.ended(gang.tasks, gang.statuses);
    if (gang.failed.isEmpty()) {
      finished.finished(gang.tasks, gang.began);
    } else if (state.stopsAll(gang.failed.get())) {
      stop(state.status(gang.failed.get()));
    }
  }

  private void stop(int why) throws InterruptedException {
    state.stop(why);
    cancel(gangs.stream().filter(gang -> gang.hasBegun && !gang.isOver).toList());
  }

  private void cancel(List<SubmittedGang> some) throws InterruptedException {
    some.forEach(gang -> gang.isCancelled = true);
    slurm.cancel(some.stream().map(gang -> gang.job).toList());
  }

  // --- The end ----------------------------------------------------------------------------------

  /** Cancels all that is left, and waits for it; also when Diver is interrupted. */
  private void endAll() {
    interrupted = true;
    try {
      cancelAll();
      folder.remove();
    } catch (DiverException _) {
      // the controller is silent; the next run finds what is left
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // likewise
    }
  }

  private synchronized void cancelAll() throws InterruptedException {
    long deadline = System.nanoTime() + LONGEST_CANCEL.toNanos();
    for (List<String> living = slurm.living(folder.comment());
        !living.isEmpty() && System.nanoTime() < deadline;
        living = slurm.living(folder.comment())) {
      slurm.cancel(living);
      Thread.sleep(POLL_MILLIS);
    }
  }
}
