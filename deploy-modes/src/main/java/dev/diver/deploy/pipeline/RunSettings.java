package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Host;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run of a pipeline needs beside the pipeline.
 *
 * @param host whose programs and variables the tasks use
 * @param folders where the folder of a run is made
 * @param locks the folder where cores are reserved
 * @param diver the words that start Diver, for dives
 * @param unread where standard output goes that no stage reads
 * @param watched whether to tell of what goes through edges
 * @param resume whether what an earlier run has finished need not run again
 */
public record RunSettings(
    Host host,
    Path folders,
    Path locks,
    List<String> diver,
    Unread unread,
    boolean watched,
    boolean resume) {

  /** Where standard output goes that no stage reads. */
  public enum Unread {
    /** To Diver's own. */
    OUTPUT,
    /** To Diver's standard error. */
    ERRORS,
    /** To the listener, line by line. */
    TOLD
  }

  public RunSettings {
    diver = List.copyOf(diver);
  }

  /** With the cores that all users of this machine reserve. */
  public RunSettings(
      Host host, Path folders, List<String> diver, Unread unread, boolean watched, boolean resume) {
    this(host, folders, CoreLocks.FOLDER, diver, unread, watched, resume);
  }

  /** The user's variables, but of a pipeline's secrets these alone. */
  public Map<String, String> environment(Pipeline pipeline, Collection<String> secrets) {
    Map<String, String> environment = new HashMap<>(host.environment());
    for (Stage stage : pipeline.stages().values()) {
      stage.secrets().stream()
          .filter(secret -> !secrets.contains(secret))
          .forEach(environment::remove);
    }
    return environment;
  }

  /** A line without the value of any secret of a pipeline, or any line of it. */
  public String hushed(Pipeline pipeline, String line) {
    List<String> values =
        pipeline.stages().values().stream()
            .flatMap(stage -> stage.secrets().stream())
            .flatMap(secret -> host.environment().getOrDefault(secret, "").lines())
            .filter(value -> !value.isBlank())
            .sorted(Comparator.comparingInt(String::length).reversed()) // one may contain another
            .toList();
    String hushed = line;
    for (String value : values) {
      hushed = hushed.replace(value, "***");
    }
    return hushed;
  }
}
