package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a pipeline: each gang as soon as what it waits for has ended and its cores and memory are
 * free, those first that the plan has first.
 *
 * <p>Where a task fails that no stage's condition reckons with, what runs is stopped and only
 * stages are started that run {@code always}. Nothing of a run outlives it.
 */
public final class PipelineRun {

  /** Status of what a deadline has ended, as of timeout(1). */
  private static final int TIMED_OUT = 124;

  /** Of a process that SIGPIPE has ended: its reader has had enough. */
  private static final int READER_GONE = 128 + 13;

  private static final long TICK_MILLIS = 100;
  private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

  private enum State {
    WAITING,
    RUNNING,
    ENDED,
    SKIPPED
  }

  private enum Chance {
    READY,
    LATER,
    NEVER
  }

  /** A gang that runs, and what it holds. */
  private static final class Held {
    final List<Integer> tasks;
    final Map<Integer, List<Integer>> cores;
    GangRun run;
    int attempt = 1;
    Optional<Integer> failed = Optional.empty();

    Held(List<Integer> tasks, Map<Integer, List<Integer>> cores, GangRun run) {
      this.tasks = tasks;
      this.cores = cores;
      this.run = run;
    }

    List<Integer> allCores() {
      return cores.values().stream().flatMap(List::stream).toList();
    }
  }

  private final Pipeline pipeline;
  private final TaskGraph graph;
  private final Capacity capacity;
  private final RunSettings settings;
  private final Consumer<RunEvent> listener;
  private final List<List<Integer>> waiting;
  private final List<List<Edge>> filesOf = new ArrayList<>();
  private final Map<String, Map<String, Condition>> conditions = new HashMap<>();
  private final PipelinePlan plan;
  private final State[] state;
  private final int[] status;
  private final List<Held> running = new CopyOnWriteArrayList<>(); // an interruption reads it, too
  private final Set<Integer> usedCores = new HashSet<>();
  private final BlockingQueue<GangRun.Exit> exits = new LinkedBlockingQueue<>();
  private final CoreLocks locks;
  private volatile boolean interrupted;
  private boolean stopping;
  private int result;
  private long usedMemory;
  private Set<Integer> toldOf = Set.of();

  private PipelineRun(
      Pipeline pipeline, PipelinePlan plan, RunSettings settings, Consumer<RunEvent> listener) {
    this.pipeline = pipeline;
    this.plan = plan;
    this.graph = plan.graph();
    this.capacity = plan.capacity();
    this.settings = settings;
    this.listener = listener;
    this.locks = new CoreLocks(settings.locks());
    int count = graph.tasks().size();
    state = new State[count];
    status = new int[count];
    for (int task = 0; task < count; task++) {
      state[task] = State.WAITING;
      filesOf.add(new ArrayList<>());
    }
    for (Edge edge : graph.edges()) {
      if (edge.kind() == Edge.Kind.FILE) {
        filesOf.get(edge.to()).add(edge);
      }
    }
    for (String name : pipeline.stages().keySet()) {
      conditions.put(name, pipeline.waitsFor(name));
    }
    waiting = new ArrayList<>(graph.gangs());
    waiting.sort(
        Comparator.comparingLong(
            gang ->
                graph.tasks().get(gang.getFirst()).expected()
                    ? plan.placed().get(gang.getFirst()).start()
                    : Long.MAX_VALUE));
  }

  /**
   * Runs a pipeline as it was planned.
   *
   * @param listener is told of what happens, by several threads
   * @return 0, else the status of the first task that failed unexpectedly; 124 at the deadline
   */
  public static int run(
      Pipeline pipeline, PipelinePlan plan, RunSettings settings, Consumer<RunEvent> listener)
      throws InterruptedException {
    for (String program : List.of("setpriv", "taskset", "timeout", "mkfifo", "tee")) {
      if (settings.host().program(program).isEmpty()) {
        throw new Failure(
                Failure.Kind.MISSING,
                "There is no " + program + " on PATH, which runs stages.",
                "Install it: sudo apt-get install -y util-linux coreutils")
            .exception();
      }
    }
    return new PipelineRun(pipeline, plan, settings, listener).run();
  }

  private int run() throws InterruptedException {
    PipelineFolder folder = PipelineFolder.in(settings.folders());
    Thread hook = new Thread(() -> endAll(folder), "pipeline-end");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      loop(folder);
    } finally {
      interrupted = true;
      if (removed(hook)) {
        endAll(folder);
      }
    }
    return result;
  }

  private static boolean removed(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      return false; // it is running
    }
  }

  private void loop(PipelineFolder folder) throws InterruptedException {
    long began = System.nanoTime();
    long limit = pipeline.timeout().map(t -> t.duration().toNanos()).orElse(Long.MAX_VALUE);
    while (!interrupted) {
      skip();
      startReady(folder);
      if (running.isEmpty() && waiting.isEmpty()) {
        return;
      }
      GangRun.Exit exit = exits.poll(TICK_MILLIS, TimeUnit.MILLISECONDS);
      if (exit != null) {
        ended(exit, folder);
      } else {
        running.forEach(held -> held.run.releasePipes());
      }
      if (System.nanoTime() - began > limit && !stopping) {
        stop(TIMED_OUT);
        waiting.forEach(gang -> gang.forEach(this::skipped));
        waiting.clear();
      }
    }
  }

  /** What can never run is skipped, and so, in turn, is what waits for that. */
  private void skip() {
    boolean again = true;
    while (again) {
      List<List<Integer>> never =
          waiting.stream()
              .filter(gang -> gang.stream().anyMatch(task -> chance(task) == Chance.NEVER))
              .toList();
      never.forEach(gang -> gang.forEach(this::skipped));
      waiting.removeAll(never);
      again = !never.isEmpty();
    }
  }

  private void skipped(int task) {
    state[task] = State.SKIPPED;
    listener.accept(new RunEvent.Skipped(graph.tasks().get(task).name()));
  }

  private Chance chance(int task) {
    boolean later = false;
    for (Edge edge : filesOf.get(task)) {
      switch (state[edge.from()]) {
        case WAITING, RUNNING -> later = true;
        case SKIPPED -> {
          return Chance.NEVER;
        }
        case ENDED -> {
          if (status[edge.from()] != 0) {
            return Chance.NEVER;
          }
        }
      }
    }
    Map<String, Condition> waits = conditionsOf(graph.tasks().get(task).stage());
    boolean always = waits.values().stream().anyMatch(Condition::skipped);
    if (stopping && !always) {
      return Chance.NEVER;
    }
    for (Map.Entry<String, Condition> wait : waits.entrySet()) {
      List<Integer> others = tasksOf(wait.getKey());
      if (others.stream().anyMatch(t -> state[t] == State.WAITING || state[t] == State.RUNNING)) {
        later = true;
      } else if (!holds(wait.getValue(), others)) {
        return Chance.NEVER;
      }
    }
    return later ? Chance.LATER : Chance.READY;
  }

  private Map<String, Condition> conditionsOf(String stage) {
    return Optional.ofNullable(conditions.get(stage)).orElseThrow();
  }

  private List<Integer> tasksOf(String stage) {
    List<Integer> tasks = new ArrayList<>();
    for (int i = 0; i < state.length; i++) {
      if (graph.tasks().get(i).stage().equals(stage)) {
        tasks.add(i);
      }
    }
    return tasks;
  }

  /** The status of a scattered stage is that of its first run that failed. */
  private boolean holds(Condition condition, List<Integer> tasks) {
    if (tasks.stream().anyMatch(task -> state[task] == State.SKIPPED)) {
      return condition.skipped();
    }
    int first =
        tasks.stream().mapToInt(task -> status[task]).filter(s -> s != 0).findFirst().orElse(0);
    return condition.holds(first);
  }

  private void startReady(PipelineFolder folder) throws InterruptedException {
    Set<Integer> foreign = new HashSet<>();
    for (List<Integer> gang : List.copyOf(waiting)) {
      boolean ready = gang.stream().allMatch(task -> chance(task) == Chance.READY);
      if (!ready || interrupted) {
        continue;
      }
      long memory = gang.stream().mapToLong(task -> graph.tasks().get(task).memory()).sum();
      if (usedMemory + memory > capacity.memory()) {
        continue;
      }
      Optional<Map<Integer, List<Integer>>> cores = cores(gang, foreign);
      if (cores.isPresent()) {
        waiting.remove(gang);
        usedMemory += memory;
        start(gang, cores.get(), folder);
      } else if (running.isEmpty() && !foreign.isEmpty() && !foreign.equals(toldOf)) {
        toldOf = Set.copyOf(foreign);
        String name = graph.tasks().get(gang.getFirst()).name();
        listener.accept(new RunEvent.Waiting(name, foreign.stream().sorted().toList()));
      }
    }
  }

  /** Reserves a gang's cores: those that are named, those of the plan, then any. */
  private Optional<Map<Integer, List<Integer>>> cores(List<Integer> gang, Set<Integer> foreign) {
    int count = gang.stream().mapToInt(task -> graph.tasks().get(task).cores()).sum();
    Set<Integer> named = new HashSet<>();
    gang.forEach(task -> named.addAll(graph.tasks().get(task).named()));
    List<Integer> wanted = new ArrayList<>(named);
    gang.forEach(task -> wanted.addAll(plan.placed().get(task).cores()));
    wanted.addAll(capacity.cores());
    List<Integer> free =
        wanted.stream()
            .distinct()
            .filter(core -> !usedCores.contains(core) && !foreign.contains(core))
            .toList();
    List<Integer> taken = new ArrayList<>();
    for (int core : free) {
      if (taken.size() < count) {
        List<Integer> missing = locks.take(List.of(core));
        (missing.isEmpty() ? taken : foreign).add(core);
      }
    }
    if (taken.size() < count || !taken.containsAll(named)) {
      locks.release(taken);
      return Optional.empty();
    }
    usedCores.addAll(taken);
    List<Integer> others = new ArrayList<>(taken);
    others.removeAll(named);
    Map<Integer, List<Integer>> dealt = new LinkedHashMap<>();
    for (int task : gang) {
      List<Integer> own = new ArrayList<>(graph.tasks().get(task).named());
      while (own.size() < graph.tasks().get(task).cores()) {
        own.add(others.removeFirst());
      }
      dealt.put(task, own);
    }
    return Optional.of(dealt);
  }

  private void start(List<Integer> gang, Map<Integer, List<Integer>> cores, PipelineFolder folder)
      throws InterruptedException {
    Held held = new Held(gang, cores, launched(gang, cores, 1, folder));
    running.add(held);
    gang.forEach(task -> state[task] = State.RUNNING);
  }

  private GangRun launched(
      List<Integer> gang, Map<Integer, List<Integer>> cores, int attempt, PipelineFolder folder)
      throws InterruptedException {
    Redirect unread =
        settings.unreadToErrors()
            ? Redirect.appendTo(Path.of("/dev/fd/2").toFile())
            : Redirect.INHERIT;
    Plumbing plumbing = new Plumbing(pipeline, graph, folder, unread);
    List<Plumbing.Ends> ends = plumbing.ends(gang);
    List<GangRun.Part> parts = new ArrayList<>();
    for (int i = 0; i < gang.size(); i++) {
      Task task = graph.tasks().get(gang.get(i));
      List<Integer> own = Optional.ofNullable(cores.get(gang.get(i))).orElseThrow();
      parts.add(
          new GangRun.Part(
              TaskCommand.of(pipeline, task, ends.get(i).ports(), own, settings, folder.id()),
              ends.get(i)));
    }
    for (Plumbing.Carrier carrier : plumbing.carriers()) {
      List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
      words.addAll(carrier.words());
      Map<String, String> environment = new HashMap<>(settings.host().environment());
      environment.put(TaskCommand.MARK, folder.id());
      parts.add(
          new GangRun.Part(
              new TaskCommand(words, environment),
              new Plumbing.Ends(carrier.in(), carrier.out(), Map.of())));
    }
    GangRun run =
        GangRun.start(
            pipeline, gang, parts, plumbing, (place, line) -> said(gang, place, line), exits);
    for (int i = 0; i < gang.size(); i++) {
      listener.accept(
          new RunEvent.Started(
              graph.tasks().get(gang.get(i)).name(),
              attempt,
              run.pid(i),
              Optional.ofNullable(cores.get(gang.get(i))).orElseThrow()));
    }
    return run;
  }

  /** A carrier speaks for the first task of its gang. */
  private void said(List<Integer> gang, int place, String line) {
    int task = gang.get(place < gang.size() ? place : 0);
    listener.accept(new RunEvent.Said(graph.tasks().get(task).name(), hushed(line)));
  }

  /** The line without the value of any secret. */
  private String hushed(String line) {
    String hushed = line;
    for (Stage stage : pipeline.stages().values()) {
      for (String secret : stage.secrets()) {
        String value = settings.host().environment().getOrDefault(secret, "");
        hushed = value.isEmpty() ? hushed : hushed.replace(value, "***");
      }
    }
    return hushed;
  }

  private void ended(GangRun.Exit exit, PipelineFolder folder) throws InterruptedException {
    Optional<Held> found = running.stream().filter(held -> held.run == exit.gang()).findFirst();
    if (found.isEmpty()) {
      return;
    }
    Held held = found.get();
    int place = exit.place();
    boolean carrier = place >= held.tasks.size();
    int task = held.tasks.get(carrier ? 0 : place);
    int raw = held.run.ended(place);
    int ended = raw == READER_GONE && (carrier || streams(task)) ? 0 : raw;
    if (!carrier) {
      status[task] = ended;
      listener.accept(
          new RunEvent.Ended(
              graph.tasks().get(task).name(),
              ended,
              held.run.wasStopped(place),
              held.run.took(),
              held.run.lastLines(place).stream().map(this::hushed).toList()));
    }
    if (ended != 0 && held.failed.isEmpty()) {
      status[task] = status[task] == 0 ? ended : status[task];
      held.failed = Optional.of(task);
      held.run.stop();
    }
    held.run.releasePipes();
    if (held.run.isOver()) {
      over(held, folder);
    }
  }

  private boolean streams(int task) {
    return graph.edges().stream()
        .anyMatch(edge -> edge.from() == task && edge.kind() == Edge.Kind.STREAM);
  }

  private void over(Held held, PipelineFolder folder) throws InterruptedException {
    Optional<Stage> failed =
        held.failed.map(task -> pipeline.stage(graph.tasks().get(task).stage()));
    int left = failed.map(stage -> stage.retries() + 1 - held.attempt).orElse(0);
    if (left > 0 && !stopping && !interrupted) {
      held.attempt++;
      listener.accept(
          new RunEvent.Retried(graph.tasks().get(held.failed.orElseThrow()).name(), left - 1));
      held.failed = Optional.empty();
      held.tasks.forEach(task -> status[task] = 0);
      held.run = launched(held.tasks, held.cores, held.attempt, folder);
      return;
    }
    running.remove(held);
    List<Integer> cores = held.allCores();
    locks.release(cores);
    cores.forEach(usedCores::remove);
    for (int task : held.tasks) {
      state[task] = State.ENDED;
      usedMemory -= graph.tasks().get(task).memory();
    }
    held.failed.filter(task -> !stopping && !isReckonedWith(task)).ifPresent(t -> stop(status[t]));
  }

  private boolean isReckonedWith(int task) {
    String stage = graph.tasks().get(task).stage();
    return conditions.values().stream()
        .flatMap(waits -> waits.entrySet().stream())
        .filter(wait -> wait.getKey().equals(stage) && !wait.getValue().skipped())
        .anyMatch(wait -> wait.getValue().holds(status[task]));
  }

  private void stop(int why) {
    stopping = true;
    result = why;
    running.forEach(held -> held.run.stop());
  }

  /**
   * Ends all that the run has started, and removes what it kept; also when Diver is interrupted.
   */
  private void endAll(PipelineFolder folder) {
    interrupted = true;
    List<Process> processes =
        running.stream().flatMap(held -> held.run.processes().stream()).toList();
    processes.forEach(Process::destroy);
    long deadline = System.nanoTime() + LONGEST_STOP.toNanos();
    for (Process process : processes) {
      try {
        process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      process.destroyForcibly();
    }
    folder.sweep();
    locks.close();
    folder.close();
  }
}
