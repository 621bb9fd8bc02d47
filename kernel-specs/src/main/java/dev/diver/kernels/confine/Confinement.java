package dev.diver.kernels.confine;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Runs scripts of publishers, who may be strangers: confined by bubblewrap to the folders that they
 * are given, without a network unless it is granted, in namespaces of their own, so that nothing of
 * them survives. Where that cannot be done they are not run.
 */
public final class Confinement {

  /** How the file of an outcome begins, by process: what another has there is not ours. */
  static final String OUTCOME = "diver-script-" + ProcessHandle.current().pid() + "-";

  /** How long a script that is asked to end may take to tidy up. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final String STARTED = "started";
  private static final String LEFT = "left ";
  private static final int ROOT = 0;
  private static final Path SETTINGS = Path.of("/proc/sys");
  private static final Path FIRST_PROCESS = Path.of("/proc/1/comm");
  private static final String BUBBLEWRAP = "bwrap";
  private static final File NOTHING = new File("/dev/null");

  /** Opens the file that says what became of a script, takes away its name, and hands over. */
  private static final String OUTSIDE = "exec 3<>\"$1\" && rm -f -- \"$1\" && shift && exec \"$@\"";

  /**
   * Runs a script in the sandbox: makes a store of its own from the one that may be read ($1), and
   * says what it leaves running, after a second for what is ending anyway. Asked to end it waits
   * for the script, which was asked, too.
   */
  private static final String INSIDE =
      """
      trap : TERM
      echo %s >&3
      if [ -n "$1" ]; then
        mkdir -p "$DIVER_HOME/store/blobs"
        cp -rs "$1/blobs/." "$DIVER_HOME/store/blobs/"
        cp "$1/index.json" "$1/oci-layout" "$DIVER_HOME/store/"
      fi
      shift
      "$@" 3>&-
      status=$?
      tries=0
      while :; do
        left=
        for process in /proc/[0-9]*; do
          case ${process#/proc/} in 1 | $$) continue ;; esac
          { read -r name <"$process/comm"; } 2>/dev/null && left="$left $name"
        done
        if [ -z "$left" ] || [ $tries -ge 20 ]; then break; fi
        tries=$((tries + 1))
        sleep 0.05
      done
      [ -z "$left" ] || echo "left$left" >&3
      exit $status
      """
          .formatted(STARTED);

  private final Map<String, String> host;
  private final Path settings;

  /**
   * A confinement.
   *
   * @param environment Diver's own, of which scripts see what {@link Contract} names
   */
  public Confinement(Map<String, String> environment) {
    this(environment, SETTINGS);
  }

  Confinement(Map<String, String> environment, Path settings) {
    this.host = Map.copyOf(environment);
    this.settings = settings;
  }

  /**
   * Runs a script and waits for it. When the deadline passes or the thread is interrupted, it and
   * all that it started end: they are asked to, and killed after two seconds.
   *
   * @param output where both its output streams go, {@link Redirect#INHERIT} for ours
   * @return its exit status; 128 + n where signal n ended it
   * @throws dev.diver.kernels.failure.DiverException MISSING, with the command that mends it, where
   *     bubblewrap or user namespaces are missing; FAILED where it leaves processes, which are
   *     ended; INTERRUPTED; INVALID where what it may write to is too much; DENIED where root runs
   *     what is another user's; NOT_FOUND where what it is granted does not exist
   */
  public int run(Script script, Redirect output) {
    try {
      check(script);
      if (isConfined()) {
        return runConfined(script, output);
      }
      Path bubblewrap = bubblewrap();
      List<String> sandbox = new Sandbox(script, host, secrets()).words(bubblewrap);
      Path outcome = Files.createTempFile(OUTCOME, null);
      try (var reader = Files.newInputStream(outcome)) {
        int status = await(start(sandbox, script, outcome, output), script);
        judge(new String(reader.readAllBytes(), StandardCharsets.UTF_8), script, sandbox);
        return status;
      } finally {
        Files.deleteIfExists(outcome);
      }
    } catch (IOException e) {
      throw IoFailure.of("run", Path.of(script.command().getFirst()), e);
    }
  }

  /** Whether this Diver itself was started by a script of a publisher. */
  private boolean isConfined() {
    try {
      return host.containsKey(Contract.VERSION_VARIABLE)
          && Files.readString(FIRST_PROCESS).strip().equals(BUBBLEWRAP);
    } catch (IOException e) {
      return false;
    }
  }

  /** In a sandbox no other can be made, and what runs there may do what its caller may. */
  private int runConfined(Script script, Redirect output) throws IOException {
    ProcessBuilder builder =
        CommandOutput.of(script.command(), output)
            .directory(script.folder().toFile())
            .redirectInput(Redirect.from(NOTHING));
    builder.environment().clear();
    builder.environment().putAll(Contract.environment(script, host));
    return await(builder.start(), script);
  }

  private static Process start(List<String> sandbox, Script script, Path outcome, Redirect output)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", OUTSIDE, "sh"));
    words.add(outcome.toString());
    words.addAll(sandbox);
    words.addAll(List.of("/bin/sh", "-c", INSIDE, script.name()));
    words.add(
        script.grants().store().filter(Confinement::hasKernels).map(Path::toString).orElse(""));
    words.addAll(script.command());
    ProcessBuilder builder = CommandOutput.of(words, output).redirectInput(Redirect.from(NOTHING));
    builder.environment().clear();
    builder.environment().put("PATH", Contract.PATH);
    return builder.start();
  }

  private static boolean hasKernels(Path store) {
    return Files.exists(store.resolve("index.json"));
  }

  /** What has to be true of a script whoever wrote it. */
  private void check(Script script) throws IOException {
    for (Path path : script.grants().readable()) {
      if (!Files.exists(path)) {
        throw new Failure(
                Failure.Kind.NOT_FOUND,
                "There is no " + path + " for " + script.name() + " to read.",
                "Correct the path after --read.")
            .exception();
      }
    }
    for (Path folder : script.writable()) {
      checkWritable(script.name(), folder);
    }
  }

  private void checkWritable(String name, Path folder) throws IOException {
    Optional<Path> home = Optional.ofNullable(host.get("HOME")).map(Path::of);
    if (home.filter(h -> h.startsWith(folder)).isPresent() || folder.getNameCount() == 0) {
      throw new Failure(
              Failure.Kind.INVALID,
              name + " could write to all of your home, which is in " + folder + ".",
              "Put the kernel into a folder of its own.")
          .exception();
    }
    if (owner(Path.of("/proc/self")) == ROOT && owner(folder) != ROOT) {
      throw new Failure(
              Failure.Kind.DENIED,
              name + " runs without the rights of root, and " + folder + " is another user's.",
              "Run diver as its owner: sudo -u " + Files.getOwner(folder).getName() + " diver ….")
          .exception();
    }
  }

  private static int owner(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid");
  }

  private List<Path> secrets() throws IOException {
    List<Path> secrets = new ArrayList<>();
    for (String name : List.of("HOME", "DIVER_HOME", "XDG_DATA_HOME")) {
      Path folder = Path.of(host.getOrDefault(name, ""));
      if (folder.isAbsolute() && Files.exists(folder)) {
        secrets.add(folder.toRealPath());
      }
    }
    return secrets;
  }

  private Path bubblewrap() {
    for (String folder : host.getOrDefault("PATH", Contract.PATH).split(":", -1)) {
      Path program = Path.of(folder, BUBBLEWRAP);
      if (!folder.isEmpty() && Files.isExecutable(program)) {
        return program;
      }
    }
    throw new Failure(
            Failure.Kind.MISSING,
            "A publisher's script is run confined or not at all, and this machine lacks"
                + " bubblewrap.",
            "Install it: sudo apt-get install bubblewrap.")
        .exception();
  }

  /** Tells what a script left, and that it never started. */
  private void judge(String outcome, Script script, List<String> sandbox) throws IOException {
    if (!outcome.startsWith(STARTED)) {
      throw Namespaces.explain(settings, firstWords(sandbox)).exception();
    }
    Optional<String> left = outcome.lines().filter(line -> line.startsWith(LEFT)).findFirst();
    if (left.isPresent()) {
      throw new Failure(
              Failure.Kind.FAILED,
              script.name()
                  + " left processes, which were ended: "
                  + shown(left.get().substring(LEFT.length()))
                  + ".",
              "Have it wait for all that it starts: what they were writing may be incomplete.")
          .exception();
    }
  }

  /** A stranger's names, fit for a terminal. */
  private static String shown(String names) {
    String few = names.length() > 100 ? names.substring(0, 100) + "…" : names;
    return few.replaceAll("\\p{Cntrl}", "?");
  }

  /** What bubblewrap says to this sandbox. */
  private static String firstWords(List<String> sandbox) throws IOException {
    List<String> words = new ArrayList<>(sandbox);
    words.add("/bin/true");
    Process trial =
        new ProcessBuilder(words)
            .redirectInput(Redirect.from(NOTHING))
            .redirectErrorStream(true)
            .start();
    try (var said = trial.inputReader(StandardCharsets.UTF_8)) {
      String line = said.readLine();
      return line == null ? "it says nothing" : shown(line.strip().replaceFirst("\\.$", ""));
    } finally {
      trial.destroyForcibly();
    }
  }

  private static int await(Process process, Script script) {
    Duration deadline = script.grants().deadline();
    Thread onExit = Thread.ofPlatform().unstarted(() -> end(process));
    Runtime.getRuntime().addShutdownHook(onExit);
    try {
      if (!process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
        throw ended(
            "%s did not end within %d seconds.".formatted(script.name(), deadline.toSeconds()),
            "Give it longer with --timeout, or see where it hangs.");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ended(script.name() + " was interrupted.", "Run it again when it can finish.");
    } finally {
      end(process);
      forget(onExit);
    }
  }

  private static RuntimeException ended(String what, String remedy) {
    return new Failure(Failure.Kind.INTERRUPTED, what, remedy).exception();
  }

  private static void forget(Thread onExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException e) {
      // Diver is ending, and the hook has ended the script.
    }
  }

  /**
   * Ends a sandbox and all in it: the script is asked first, bubblewrap never, since all would be
   * killed with it. Returns when they ended.
   */
  private static void end(Process bubblewrap) {
    List<ProcessHandle> inside = alive(bubblewrap.toHandle().descendants());
    if (bubblewrap.isAlive()) {
      inside.forEach(ProcessHandle::destroy);
      awaitEnd(List.of(bubblewrap.toHandle()));
    }
    List<ProcessHandle> left =
        alive(
            Stream.of(
                    Stream.of(bubblewrap.toHandle()),
                    bubblewrap.toHandle().descendants(),
                    inside.stream())
                .flatMap(handles -> handles));
    left.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(left);
  }

  private static List<ProcessHandle> alive(Stream<ProcessHandle> processes) {
    Predicate<ProcessHandle> isAlive = ProcessHandle::isAlive;
    return processes.filter(isAlive).distinct().toList();
  }

  /** Waits for all of them, but not for ever, and also where the thread is interrupted. */
  private static void awaitEnd(List<ProcessHandle> processes) {
    CompletableFuture.allOf(
            processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .completeOnTimeout(null, GRACE.toNanos(), TimeUnit.NANOSECONDS)
        .join();
  }
}
