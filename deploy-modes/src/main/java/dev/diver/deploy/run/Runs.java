package dev.diver.deploy.run;

import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The dives of this user: one folder each. Safe beside other Diver processes; a name is taken by
 * making its folder.
 *
 * @param folder that holds the runs' folders
 */
public record Runs(Path folder) {

  /** How long the folder of a detached dive that has ended is kept. */
  public static final Duration KEPT = Duration.ofDays(7);

  /** A folder without state is being made, or was left by a process that was killed right then. */
  private static final Duration UNCLEAR = Duration.ofMinutes(1);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

  public Runs {
    folder = folder.toAbsolutePath();
  }

  /** Whether a dive may be called so. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The folder of this name, whether or not it exists; INVALID where the name is none. */
  public RunFolder named(String name) {
    if (!isName(name)) {
      throw new Failure(
              Failure.Kind.INVALID,
              "\"" + name + "\" is not a name for a dive.",
              "Use up to 63 letters, digits, dots, dashes and underscores, a letter or digit"
                  + " first.")
          .exception();
    }
    return new RunFolder(folder.resolve(name));
  }

  /** A name that is free now: the stem, a dash and the least number. */
  public String freeName(String stem) {
    String clean = stem.replaceAll("[^A-Za-z0-9_.-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
    String base = clean.isEmpty() ? "dive" : clean.substring(0, Math.min(clean.length(), 50));
    int number = 1;
    while (Files.exists(folder.resolve(base + "-" + number))) {
      number++;
    }
    return base + "-" + number;
  }

  /** Takes the name; CONFLICT where another dive has it. */
  public RunFolder create(String name) throws IOException {
    RunFolder run = named(name);
    Files.createDirectories(folder);
    try {
      Files.createDirectory(
          run.path(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              "There is a dive \"" + name + "\" already.",
              "Choose another --name, or end and remove that one: diver stop --rm " + name)
          .exception(e);
    }
    return run;
  }

  /** All dives whose state can be read, those that have ended included, by name. */
  public List<RunFolder> list() throws IOException {
    return folders().stream().filter(run -> run.state().isPresent()).toList();
  }

  /** The dive of this name; NOT_FOUND where there is none. */
  public RunFolder find(String name) {
    RunFolder run = named(name);
    if (run.state().isEmpty()) {
      throw new Failure(
              Failure.Kind.NOT_FOUND,
              "There is no dive \"" + name + "\".",
              "See what there is with: diver ps --all")
          .exception();
    }
    return run;
  }

  /**
   * Asks for the dive's end and waits for it; ends its machine and its supervisor by force after
   * {@code grace}. No error where it has ended already.
   */
  public void stop(String name, Duration grace) throws IOException, InterruptedException {
    RunFolder run = find(name);
    if (run.state().filter(RunState::running).isPresent()) {
      request(run);
      if (!ended(run, grace)) {
        run.machine().ifPresent(ProcessIdentity::kill);
        if (!ended(run, Duration.ofSeconds(2))) {
          run.state().ifPresent(state -> state.supervisor().kill());
        }
      }
    }
    clean(run, Instant.now());
  }

  /** Removes a dive that has ended; CONFLICT where it runs. */
  public void remove(String name) throws IOException {
    RunFolder run = find(name);
    if (run.state().filter(RunState::running).isPresent()) {
      throw new Failure(
              Failure.Kind.CONFLICT,
              "The dive \"" + name + "\" is running.",
              "End it first with: diver stop " + name)
          .exception();
    }
    run.machine().ifPresent(ProcessIdentity::kill);
    run.delete();
  }

  /**
   * Puts in order what processes that were killed have left: ends machines that nobody answers for,
   * removes folders of attached dives, marks detached ones as lost, removes these after {@link
   * #KEPT}. Never touches a dive that runs.
   */
  public void clean() throws IOException {
    Instant now = Instant.now();
    for (RunFolder run : folders()) {
      clean(run, now);
    }
  }

  private static void clean(RunFolder run, Instant now) throws IOException {
    Optional<RunState> state = run.state();
    if (state.isEmpty()) {
      if (olderThan(run, UNCLEAR, now)) {
        run.delete();
      }
      return;
    }
    RunState known = state.get();
    if (known.supervisor().alive()) {
      return;
    }
    run.machine().ifPresent(ProcessIdentity::kill);
    if (!known.detached() || olderThan(run, KEPT, now)) {
      run.delete();
    } else if (known.result().isEmpty()) {
      run.forgetMemory();
      run.write(known.ended("lost: its supervisor was killed"));
    }
  }

  private static boolean olderThan(RunFolder run, Duration age, Instant now) throws IOException {
    try {
      return Files.getLastModifiedTime(run.path()).toInstant().isBefore(now.minus(age));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static void request(RunFolder run) throws IOException {
    try {
      Files.write(run.stopRequest(), new byte[0]);
    } catch (NoSuchFileException e) {
      return; // it ended and was removed just now
    }
  }

  private static boolean ended(RunFolder run, Duration within) throws InterruptedException {
    long deadline = System.nanoTime() + within.toNanos();
    while (run.state().filter(RunState::running).isPresent()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(20);
    }
    return true;
  }

  private List<RunFolder> folders() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(Files::isDirectory).sorted().map(RunFolder::new).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
