package dev.diver.deploy.slurm;

import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.pack.Staging;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a run hands to its jobs, and they hand back: a folder that all nodes see. Nobody but the
 * user may look into it.
 */
record SlurmFolder(Path path) {

  private static final String LIBRARY = "gang.sh";
  private static final String ALL = "all";
  private static final int MOST_SAID = 1 << 16;

  /** Makes it anew; what was there goes. */
  void make() {
    remove();
    try {
      Files.createDirectories(path.getParent());
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      for (String name : List.of("gangs", "events", "status", "out", "err", "log", "pipes")) {
        Files.createDirectory(path.resolve(name));
      }
      try (InputStream library =
          Objects.requireNonNull(SlurmFolder.class.getResourceAsStream(LIBRARY))) {
        Files.copy(library, path.resolve(LIBRARY));
      }
    } catch (IOException e) {
      throw IoFailure.of("make", path, e);
    }
  }

  /** By what the jobs of the run are known in Slurm. */
  String comment() {
    return "diver " + path;
  }

  /** The scripts, by the numbers of their gangs. */
  Path gangs() {
    return path.resolve("gangs");
  }

  /** What runs a gang. */
  Path script(int gang) {
    return gangs().resolve("" + gang);
  }

  /** What is submitted for a job, which finds the script of its gang. */
  Path batch(int job) {
    return gangs().resolve("job-" + job);
  }

  /** What happens to a gang, a line for each. */
  Path events(int gang) {
    return path.resolve("events").resolve("" + gang);
  }

  /** The exit status of a task, once its gang has ended. */
  Path status(int task) {
    return path.resolve("status").resolve("" + task);
  }

  /** What a task writes to standard output that no stage reads. */
  Path out(int task) {
    return path.resolve("out").resolve("" + task);
  }

  /** What a task writes to standard error. */
  Path err(int task) {
    return path.resolve("err").resolve("" + task);
  }

  /** What Slurm itself has to say of jobs, and scripts where they are wrong. */
  Path log() {
    return path.resolve("log");
  }

  /** What Slurm had to say of a job; nothing where there is no such file. */
  String log(String job) {
    try (InputStream said = Files.newInputStream(log().resolve(job))) {
      return new String(said.readNBytes(MOST_SAID), StandardCharsets.UTF_8);
    } catch (IOException _) {
      return "";
    }
  }

  Path pipes(int gang) {
    return path.resolve("pipes").resolve("" + gang);
  }

  /** Where a task is known to have succeeded that does not run again. */
  void markSucceeded(int task) {
    write(status(task), "0\n");
  }

  void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }

  // --- The jobs of the run ----------------------------------------------------------------------

  private Path jobs() {
    return path.resolve("jobs");
  }

  /** Takes note of submitted gangs and their jobs. */
  void submitted(Map<Integer, String> jobs) {
    StringBuilder lines = new StringBuilder();
    jobs.forEach((gang, job) -> lines.append(gang).append(' ').append(job).append('\n'));
    append(lines.toString());
  }

  /** All is submitted; what it was made of is told by a digest. */
  void submittedAll(String definition) {
    append(ALL + " " + definition + "\n");
  }

  private void append(String lines) {
    try {
      Files.writeString(jobs(), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw IoFailure.of("write", jobs(), e);
    }
  }

  /** Of a run that was submitted as a whole, what it was made of. */
  Optional<String> definition() {
    return lines()
        .filter(line -> line.startsWith(ALL + " "))
        .findFirst()
        .map(line -> line.substring(ALL.length() + 1));
  }

  /** The jobs that were submitted, by their gangs. */
  Map<Integer, String> submitted() {
    Map<Integer, String> jobs = new LinkedHashMap<>();
    lines()
        .filter(line -> line.matches("\\d+ \\d+(_\\d+)?"))
        .map(line -> line.split(" ", -1))
        .forEach(words -> jobs.put(Integer.valueOf(words[0]), words[1]));
    return jobs;
  }

  private Stream<String> lines() {
    try {
      return Files.readString(jobs()).lines();
    } catch (NoSuchFileException _) {
      return Stream.empty();
    } catch (IOException e) {
      throw IoFailure.of("read", jobs(), e);
    }
  }

  void remove() {
    try {
      Staging.delete(path);
    } catch (IOException e) {
      throw IoFailure.of("remove", path, e);
    }
  }
}
