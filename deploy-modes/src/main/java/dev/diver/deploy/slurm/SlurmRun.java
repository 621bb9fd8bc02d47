package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.FinishedGangs;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelineState;
import dev.diver.deploy.pipeline.RunEvent;
import dev.diver.deploy.pipeline.RunSettings;
import dev.diver.deploy.pipeline.TaskFiles;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** One run of a pipeline in Slurm: its jobs are submitted, or those of before followed. */
final class SlurmRun {

  static final long POLL_MILLIS = 300;

  /** Slurm is asked seldom, since many ask it; files tell what is usual. */
  private static final Duration LEAST_PAUSE = Duration.ofSeconds(2);

  private static final Duration MOST_PAUSE = Duration.ofSeconds(20);

  /** How long a job's last words may take through a network file system (nfs(5), acregmax). */
  private static final Duration LONGEST_WAY = Duration.ofSeconds(65);

  /** A job that never began, or was killed, has no last words. */
  private static final Duration SHORT_WAY = Duration.ofSeconds(3);

  private static final Duration LONGEST_CANCEL = Duration.ofMinutes(2);
  private static final int SIGNALLED = 128;
  private static final int NOT_STARTED = 126;

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final RunSettings settings;
  private final Slurm slurm;
  private final SlurmFolder folder;
  private final FinishedGangs finished;
  private final String definition;
  private final OutputStream unread;
  private final Consumer<RunEvent> listener;
  private final GangScript scripts;
  private final PipelineState state;
  private final List<SubmittedGang> gangs =
      new CopyOnWriteArrayList<>(); // an interruption reads it
  private final long start = System.nanoTime();
  private volatile boolean interrupted;
  private Duration pause = LEAST_PAUSE;
  private long asked = System.nanoTime();

  SlurmRun(
      TaskFiles files,
      RunSettings settings,
      Slurm slurm,
      SlurmFolder folder,
      FinishedGangs finished,
      String definition,
      OutputStream unread,
      Consumer<RunEvent> listener) {
    this.pipeline = files.pipeline();
    this.graph = files.graph();
    this.settings = settings;
    this.slurm = slurm;
    this.folder = folder;
    this.finished = finished;
    this.definition = definition;
    this.unread = unread;
    this.listener = listener;
    this.scripts = new GangScript(files, settings, folder);
    this.state = new PipelineState(pipeline, graph, graph.gangs());
  }

  /**
   * Submits the pipeline, or follows one that was submitted, until nothing of it is left.
   *
   * @return as of {@link dev.diver.deploy.pipeline.Engine#run}
   */
  int run(boolean follow) throws InterruptedException {
    Thread hook = new Thread(this::endAll, "slurm-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      if (follow) {
        follow();
      } else {
        submit();
      }
      watch();
    } finally {
      if (removed(hook)) {
        endAll();
      }
    }
    return state.result();
  }

  private static boolean removed(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return false; // it is running
    }
  }

  private String name(int task) {
    return graph.tasks().get(task).name();
  }

  // --- The beginning ----------------------------------------------------------------------------

  private void submit() {
    if (settings.resume()) {
      finished.removeUnfinished();
    }
    SlurmFolder.make(folder.path());
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
  private synchronized boolean submitNext(Submission submission) {
    if (interrupted || submission.isWhole()) {
      return false;
    }
    submission.next().forEach(this::add);
    return true;
  }

  private void add(List<Integer> gang, String job) {
    gangs.add(new SubmittedGang(gang, job, folder));
    gang.forEach(task -> listener.accept(new RunEvent.Submitted(name(task), job)));
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
          gang.forEach(task -> listener.accept(new RunEvent.Reused(name(task))));
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
        gang.forEach(task -> listener.accept(new RunEvent.Reused(name(task))));
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
        pause = LEAST_PAUSE;
      } else if (System.nanoTime() - asked > pause.toNanos()) {
        askSlurm();
      }
      if (System.nanoTime() - start > limit && !state.isStopping()) {
        stop(PipelineState.TIMED_OUT);
        leaveOut(state.skipAll());
      }
      if (!news) {
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  /** These will not run, and their jobs have nothing to wait for. */
  private void leaveOut(List<Integer> skipped) {
    List<String> jobs = new ArrayList<>();
    for (SubmittedGang gang : gangs) {
      if (!gang.isOver && skipped.containsAll(gang.tasks)) {
        gang.isOver = true;
        jobs.add(gang.job);
      }
    }
    slurm.cancel(jobs);
    skipped.forEach(task -> listener.accept(new RunEvent.Skipped(name(task))));
  }

  private boolean read(SubmittedGang gang) {
    List<String> lines = gang.events.lines(false);
    lines.stream()
        .map(GangEvent::parse)
        .flatMap(Optional::stream)
        .forEach(event -> happened(gang, event));
    if (gang.hasBegun) {
      gang.tasks.forEach(task -> copy(gang, task, false));
    }
    return !lines.isEmpty();
  }

  /** What a task has written, before what is told of it. */
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
      listener.accept(new RunEvent.Said(name(task), settings.hushed(pipeline, line)));
    }
  }

  private void happened(SubmittedGang gang, GangEvent event) {
    switch (event) {
      case GangEvent.Began began -> {
        state.started(gang.tasks);
        gang.begin(began);
        for (int task : gang.tasks) {
          listener.accept(
              new RunEvent.Dispatched(name(task), began.attempt(), gang.job, began.node()));
        }
        if (state.isStopping() && !scripts.isAlways(gang.tasks)) {
          cancel(List.of(gang)); // it began before Slurm was told
        }
      }
      case GangEvent.Ended ended when gang.tasks.contains(ended.task()) -> {
        gang.statuses.put(ended.task(), ended.status());
        if (ended.status() != 0 && !ended.stopped() && gang.failed.isEmpty()) {
          gang.failed = Optional.of(ended.task());
        }
        boolean isTold = ended.stopped() && (gang.isCancelled || gang.failed.isPresent());
        if ((ended.status() < SIGNALLED && !ended.stopped()) || isTold) {
          tell(gang, ended, Optional.empty());
        } else {
          gang.untold.add(ended); // Slurm may know why when all is over
        }
      }
      case GangEvent.Ended _ -> {}
      case GangEvent.Retried retried -> {
        gang.untold.forEach(ended -> tell(gang, ended, Optional.empty()));
        listener.accept(new RunEvent.Retried(name(retried.task()), retried.left()));
      }
      case GangEvent.Skipped _ -> {
        gang.isOver = true;
        leaveOut(state.skip(gang.tasks));
      }
      case GangEvent.Trouble trouble -> gang.trouble = Optional.of(failure(trouble));
      case GangEvent.Over over -> over(gang, over.status());
    }
  }

  private void tell(SubmittedGang gang, GangEvent.Ended ended, Optional<LostJob> why) {
    int task = ended.task();
    copy(gang, task, true);
    int status = why.map(LostJob::status).orElse(ended.status());
    gang.statuses.put(task, status);
    listener.accept(
        new RunEvent.Ended(
            name(task),
            status,
            why.isEmpty() && ended.stopped(),
            Duration.ofMillis(ended.millis()),
            gang.lastLines(task).stream().map(line -> settings.hushed(pipeline, line)).toList(),
            why.map(LostJob::why)));
  }

  private Failure failure(GangEvent.Trouble trouble) {
    return switch (trouble.what()) {
      case "folder" ->
          new Failure(
              Failure.Kind.FAILED,
              "Node %s does not see the folder %s.".formatted(trouble.node(), pipeline.folder()),
              "Put the pipeline on a file system that all nodes share.");
      case "pipes" ->
          new Failure(
              Failure.Kind.FAILED,
              "On node %s, no named pipes can be made in %s."
                  .formatted(trouble.node(), folder.path()),
              "Put the pipeline on a file system that has them, as NFS, Lustre and GPFS do.");
      default ->
          new Failure(
              Failure.Kind.FAILED,
              "On node %s, the files that feed a stage could not be put together."
                  .formatted(trouble.node()),
              "See that those who feed it leave their files, and that the disk has room.");
    };
  }

  /** A gang has ended, by its own words. */
  private void over(SubmittedGang gang, int status) {
    gang.isOver = true;
    Optional<LostJob> why = gang.trouble.map(failure -> new LostJob(NOT_STARTED, failure));
    if (why.isEmpty() && !gang.untold.isEmpty() && !gang.isCancelled) {
      why = explained(gang);
    }
    ended(gang, status, why);
  }

  /** A gang has ended without a word. */
  private void lost(SubmittedGang gang, Slurm.Seen seen) {
    gang.isOver = true;
    if (!gang.hasBegun && seen.reason().equals("DependencyNeverSatisfied")) {
      leaveOut(state.skip(gang.tasks));
      return;
    }
    LostJob why = LostJob.of(gang.job, seen, folder);
    ended(gang, why.status(), gang.isCancelled ? Optional.empty() : Optional.of(why));
  }

  private void ended(SubmittedGang gang, int status, Optional<LostJob> why) {
    for (int task : gang.tasks) {
      if (!gang.statuses.containsKey(task)) {
        gang.untold.add(
            new GangEvent.Ended(task, status, gang.isCancelled, gang.took().toMillis()));
      }
    }
    Optional<LostJob> once = why;
    for (GangEvent.Ended ended : List.copyOf(gang.untold)) {
      boolean isFirst = once.isPresent() && ended.status() != 0;
      tell(gang, ended, isFirst ? once : Optional.empty());
      if (isFirst) {
        gang.failed = Optional.of(ended.task());
        once = Optional.empty();
      }
    }
    gang.tasks.forEach(task -> copy(gang, task, true));
    if (status != 0 && gang.failed.isEmpty()) {
      gang.failed = Optional.of(gang.number()); // whom a carrier speaks for
      gang.statuses.merge(gang.number(), status, (own, other) -> own == 0 ? other : own);
    }
    state.ended(gang.tasks, gang.statuses);
    if (gang.failed.isEmpty()) {
      finished.finished(gang.tasks, gang.began);
    }
    gang.failed.filter(state::stopsAll).ifPresent(task -> stop(state.status(task)));
  }

  private void stop(int why) {
    state.stop(why);
    cancel(gangs.stream().filter(gang -> gang.hasBegun && !gang.isOver).toList());
  }

  private void cancel(List<SubmittedGang> some) {
    some.forEach(gang -> gang.isCancelled = true);
    slurm.cancel(some.stream().map(gang -> gang.job).toList());
  }

  // --- What Slurm knows -------------------------------------------------------------------------

  private void askSlurm() {
    Optional<Map<String, Slurm.Seen>> queue = slurm.queue();
    asked = System.nanoTime();
    pause = Duration.ofMillis(Math.min(MOST_PAUSE.toMillis(), pause.toMillis() * 3 / 2));
    if (queue.isEmpty()) {
      return; // a controller that is being restarted; the jobs do not need it
    }
    for (SubmittedGang gang : gangs) {
      Optional<Slurm.Seen> seen = Optional.ofNullable(queue.get().get(gang.job));
      if (gang.isOver || seen.filter(there -> !there.isOver()).isPresent()) {
        gang.gone = Optional.empty();
        continue;
      }
      pause = LEAST_PAUSE;
      if (gang.gone.isEmpty()) {
        gang.gone = Optional.of(System.nanoTime());
      } else if (System.nanoTime() - gang.gone.get() > wayOfWords(gang, seen).toNanos()) {
        lost(gang, slurm.show(gang.job).or(() -> seen).orElse(Slurm.Seen.UNKNOWN));
      }
    }
  }

  private static Duration wayOfWords(SubmittedGang gang, Optional<Slurm.Seen> seen) {
    boolean silent =
        seen.filter(there -> there.state().equals("COMPLETED") || there.state().equals("FAILED"))
            .filter(there -> gang.hasBegun || !there.reason().equals("JobLaunchFailure"))
            .isEmpty();
    return silent ? SHORT_WAY : LONGEST_WAY;
  }

  /** Why Slurm has ended a gang, where it has; it says so when all of its processes are gone. */
  private Optional<LostJob> explained(SubmittedGang gang) {
    long deadline = System.nanoTime() + LONGEST_WAY.toNanos();
    Optional<Slurm.Seen> seen = slurm.show(gang.job);
    while (!interrupted
        && seen.filter(there -> !there.isOver()).isPresent()
        && System.nanoTime() < deadline) {
      pause();
      seen = slurm.show(gang.job);
    }
    return seen.filter(there -> !there.state().equals("FAILED"))
        .filter(there -> there.isOver() && !there.state().equals("COMPLETED"))
        .map(there -> LostJob.of(gang.job, there, folder));
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
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
    }
  }

  private synchronized void cancelAll() {
    long deadline = System.nanoTime() + LONGEST_CANCEL.toNanos();
    for (List<String> living = slurm.living(folder.comment());
        !living.isEmpty() && System.nanoTime() < deadline;
        living = slurm.living(folder.comment())) {
      slurm.cancel(living);
      pause();
    }
  }
}
