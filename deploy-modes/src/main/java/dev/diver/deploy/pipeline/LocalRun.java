package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One run of one pipeline on this machine: starts what is ready and has room, hears of ends, tries
 * again, stops. What that means for the others {@link PipelineState} knows.
 */
final class LocalRun {

  /** A gang that runs, and what it holds. */
  private static final class Held {
    final List<Integer> tasks;
    final Admission.Room room;
    final Map<Integer, Integer> statuses = new HashMap<>();
    volatile GangRun run; // an interruption reads it, too
    Instant began = Instant.now();
    int attempt = 1;
    Optional<Integer> failed = Optional.empty();

    Held(List<Integer> tasks, Admission.Room room, GangRun run) {
      this.tasks = tasks;
      this.room = room;
      this.run = run;
    }
  }

  private static final long TICK_MILLIS = 100;
  private static final long WATCH_NANOS = 1_000_000_000;

  private static final Failure NOT_CARRIED =
      new Failure(
          Failure.Kind.FAILED,
          "What it writes, or is to read, could not be passed on whole.",
          "See that the disk has room, then go on with --resume.");

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final RunSettings settings;
  private final Consumer<RunEvent> listener;
  private final PipelineFolder folder;
  private final FinishedGangs finished;
  private final Supervisor supervisor;
  private final GangLauncher launcher;
  private final PipelineState state;
  private final Admission admission;
  private final FormerTimes times;
  private final List<Held> running = new CopyOnWriteArrayList<>(); // an interruption reads it
  private final BlockingQueue<GangRun.Exit> exits = new LinkedBlockingQueue<>();
  private volatile boolean interrupted;
  private volatile Optional<RuntimeException> unheard = Optional.empty();
  private List<Integer> toldOf = List.of();

  LocalRun(
      Pipeline pipeline,
      PipelinePlan plan,
      RunSettings settings,
      Consumer<RunEvent> listener,
      PipelineFolder folder,
      FinishedGangs finished,
      Supervisor supervisor,
      GangLauncher launcher) {
    this.pipeline = pipeline;
    this.graph = plan.graph();
    this.settings = settings;
    this.listener = listener;
    this.folder = folder;
    this.finished = finished;
    this.supervisor = supervisor;
    this.launcher = launcher;
    this.times = FormerTimes.of(settings.folders(), pipeline);
    this.state = new PipelineState(pipeline, graph, plan.order());
    this.admission = new Admission(plan, new CoreLocks(settings.locks()));
  }

  int run() throws InterruptedException {
    try (var _ = new Ending("pipeline-end", this::endAll)) {
      loop();
      if (state.result() == 0 && !interrupted) {
        finished.forget();
        folder.forget();
      }
    }
    return state.result();
  }

  private void loop() throws InterruptedException {
    long began = System.nanoTime();
    long watched = began;
    long limit = pipeline.timeout().map(t -> t.duration().toNanos()).orElse(Long.MAX_VALUE);
    while (!interrupted) {
      if (unheard.isPresent()) {
        throw unheard.get();
      }
      state.skip().forEach(this::tellSkipped);
      if (startReady()) {
        continue; // others may be ready now
      }
      if (running.isEmpty() && state.waiting().isEmpty()) {
        return;
      }
      GangRun.Exit exit = exits.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
      if (exit != null) {
        ended(exit);
      } else {
        running.forEach(held -> held.run.releasePipes());
      }
      if (settings.watched() && System.nanoTime() - watched > WATCH_NANOS) {
        running.forEach(this::tellTraffic);
        watched = System.nanoTime();
      }
      if (System.nanoTime() - began > limit && !state.isStopping()) {
        pipeline.timeout().map(RunEvent.TimedOut::new).ifPresent(listener);
        stop(PipelineState.TIMED_OUT);
        state.skipAll().forEach(this::tellSkipped);
      }
    }
  }

  private void tellSkipped(int task) {
    listener.accept(new RunEvent.Skipped(name(task)));
  }

  private String name(int task) {
    return graph.tasks().get(task).name();
  }

  /**
   * Starts what has room; true where a gang need not run, so that there was nothing to wait for.
   */
  private boolean startReady() throws InterruptedException {
    boolean reused = false;
    admission.askAgain();
    for (List<Integer> gang : state.waiting()) {
      if (interrupted || !state.isReady(gang)) {
        continue;
      }
      if (settings.resume() && state.mayReuse(gang) && finished.isUnchanged(gang)) {
        state.reused(gang);
        gang.forEach(task -> listener.accept(new RunEvent.Reused(name(task))));
        reused = true;
        continue;
      }
      Optional<Admission.Room> room = admission.take(gang);
      if (room.isPresent()) {
        start(gang, room.get());
      } else if (running.isEmpty()
          && !admission.foreign().isEmpty()
          && !admission.foreign().equals(toldOf)) {
        toldOf = admission.foreign();
        listener.accept(new RunEvent.Waiting(name(gang.getFirst()), toldOf));
      }
    }
    return reused;
  }

  private void start(List<Integer> gang, Admission.Room room) throws InterruptedException {
    finished.begun(gang);
    state.started(gang);
    running.add(new Held(gang, room, launched(gang, room, 1)));
  }

  private GangRun launched(List<Integer> gang, Admission.Room room, int attempt)
      throws InterruptedException {
    GangRun run = launcher.launch(gang, room, this::heard, exits);
    for (int i = 0; i < gang.size(); i++) {
      int task = gang.get(i);
      listener.accept(new RunEvent.Started(name(task), attempt, run.pid(i), room.of(task)));
    }
    return run;
  }

  /** From another thread than all else: where nobody can be told, the run ends with that. */
  private void heard(int task, String line, boolean printed) {
    try {
      listener.accept(
          printed
              ? new RunEvent.Printed(name(task), line)
              : new RunEvent.Said(name(task), settings.hushed(pipeline, line)));
    } catch (RuntimeException e) {
      unheard = Optional.of(e);
    }
  }

  private void tellTraffic(Held held) {
    held.run
        .traffic()
        .forEach(
            (edge, bytes) ->
                listener.accept(new RunEvent.Carried(name(edge.from()), name(edge.to()), bytes)));
  }

  private void ended(GangRun.Exit exit) throws InterruptedException {
    Optional<Held> found = running.stream().filter(held -> held.run == exit.gang()).findFirst();
    if (found.isEmpty() || interrupted) {
      return; // what an interruption ends is no news
    }
    Held held = found.get();
    int place = exit.place();
    int raw = held.run.ended(place);
    if (place < held.tasks.size()) {
      taskEnded(held, place, raw);
    } else if (!held.run.wasStopped(place)) {
      carrierEnded(held, place, PipelineState.judged(raw));
    }
    if (settings.watched()) {
      tellTraffic(held);
    }
    held.run.releasePipes();
    if (held.run.isOver()) {
      over(held);
    }
  }

  private void taskEnded(Held held, int place, int raw) {
    int task = held.run.task(place);
    int status = state.judged(task, raw);
    if (status == 0) {
      times.took(graph.tasks().get(task), held.run.took().toMillis());
    }
    if (held.statuses.getOrDefault(task, 0) == 0) { // else its carrier has spoken for it
      tellEnded(held, place, task, status, Optional.empty());
    }
    settle(held, task, status);
  }

  private void carrierEnded(Held held, int place, int status) {
    int task = held.run.task(place);
    if (status != 0) {
      tellEnded(held, place, task, status, Optional.of(NOT_CARRIED));
    }
    settle(held, task, status);
  }

  private void tellEnded(Held held, int place, int task, int status, Optional<Failure> cause) {
    List<String> lines =
        held.run.lastLines(place).stream().map(line -> settings.hushed(pipeline, line)).toList();
    listener.accept(
        new RunEvent.Ended(
            name(task), status, held.run.wasStopped(place), held.run.took(), lines, cause));
  }

  /** The status of a task is its first failure. */
  private void settle(Held held, int task, int status) {
    held.statuses.merge(task, status, (first, next) -> first == 0 ? next : first);
    if (status != 0 && held.failed.isEmpty()) {
      held.failed = Optional.of(task);
      held.run.stop();
    }
  }

  private void over(Held held) throws InterruptedException {
    int left = held.failed.map(state::retries).orElse(0) + 1 - held.attempt;
    if (held.failed.isPresent() && left > 0 && !interrupted) {
      listener.accept(new RunEvent.Retried(name(held.failed.get()), left - 1));
      held.attempt++;
      held.failed = Optional.empty();
      held.statuses.clear();
      held.began = Instant.now();
      held.run = launched(held.tasks, held.room, held.attempt);
      return;
    }
    running.remove(held);
    admission.release(held.room);
    state.ended(held.tasks, held.statuses);
    if (held.failed.isEmpty()) {
      finished.finished(held.tasks, held.began);
    }
    held.failed.filter(state::stopsAll).ifPresent(task -> stop(state.status(task)));
  }

  private void stop(int why) {
    state.stop(why);
    running.forEach(held -> held.run.stop());
  }

  /** Ends all that the run has started; also when Diver is interrupted. */
  private void endAll() {
    interrupted = true;
    if (!supervisor.end()) {
      folder.sweep();
    }
    finished.close();
    times.write(graph);
    admission.close();
    folder.close();
  }
}
