package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Json;
import dev.diver.kernels.failure.IoFailure;
import dev.diver.kernels.pack.Staging;
import dev.diver.kernels.reference.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * Which gangs of a pipeline have succeeded, and what they were made of: a file for each, so that a
 * later run need not run them again. A gang is known again where the definitions of its tasks and
 * the content of their programs, inputs and outputs are the same.
 *
 * <p>A file is written when a gang begins, too, so that it is known which outputs may be half
 * written when nobody was left to say so.
 */
public final class FinishedGangs implements AutoCloseable {

  private static final int LONGEST_SECONDS = 60;
  private static final String FINISHED = "finished";

  private final TaskFiles files;
  private final Host host;
  private final Path folder;
  private final FileDigests digests = new FileDigests();
  private final ExecutorService records =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("finished").factory());

  /**
   * The gangs that this folder tells of; it is made.
   *
   * @param host whose programs the tasks are
   */
  public FinishedGangs(TaskFiles files, Host host, Path folder) {
    this.files = files;
    this.host = host;
    this.folder = folder;
    try {
      Files.createDirectories(folder);
      Files.createDirectories(files.kept());
    } catch (IOException e) {
      throw IoFailure.of("make", folder, e);
    }
  }

  /** Removes what gangs may have half written that had begun and did not finish. */
  public void removeUnfinished() {
    try (Stream<Path> all = Files.list(folder)) {
      for (Path record : all.toList()) {
        Map<String, Object> read = read(record);
        if (!Boolean.TRUE.equals(read.get(FINISHED))) {
          for (Object output : Json.array(read, "outputs")) {
            remove(Path.of(String.valueOf(output)));
          }
          Files.deleteIfExists(record);
        }
      }
    } catch (IOException e) {
      throw IoFailure.of("clean up", folder, e);
    }
  }

  private static void remove(Path output) throws IOException {
    if (Files.isRegularFile(output)) {
      Files.delete(output);
    }
  }

  /** Whether a gang has succeeded before, and would do so again in the same way. */
  public boolean isUnchanged(List<Integer> gang) {
    Map<String, Object> read = read(record(gang));
    try {
      return Boolean.TRUE.equals(read.get(FINISHED))
          && Json.text(read, "definition").equals(Optional.of(definition(gang)))
          && Json.child(read, "files").equals(content(gang));
    } catch (IOException _) {
      return false; // what cannot be read is made again
    }
  }

  /** A gang begins: what was known of it holds no longer. */
  public void begun(List<Integer> gang) {
    Set<Path> inputs = new HashSet<>(inputs(gang));
    List<String> outputs =
        gang.stream()
            .flatMap(task -> files.outputs(task).stream())
            .filter(output -> !inputs.contains(output)) // a file that is changed in its place
            .map(Path::toString)
            .toList();
    try {
      write(record(gang), gang, false, outputs, Map.of());
    } catch (IOException e) {
      throw IoFailure.of("take note of a stage in", folder, e);
    }
  }

  /**
   * A gang has succeeded. What it was made of is read while the run goes on; it is not taken note
   * of where an input has changed meanwhile.
   *
   * @param began when its last try did
   */
  public void finished(List<Integer> gang, Instant began) {
    var _ =
        records.submit(
            () -> {
              try {
                if (inputs(gang).stream().noneMatch(input -> isLater(input, began))) {
                  write(record(gang), gang, true, List.of(), content(gang));
                }
              } catch (IOException _) {
                // then it runs again another time
              }
            });
  }

  private static boolean isLater(Path input, Instant began) {
    try {
      return Files.getLastModifiedTime(input).toInstant().isAfter(began);
    } catch (IOException _) {
      return true;
    }
  }

  private List<Path> inputs(List<Integer> gang) {
    return gang.stream().flatMap(task -> files.inputs(task).stream()).toList();
  }

  private Task task(int number) {
    return files.graph().tasks().get(number);
  }

  private Path record(List<Integer> gang) {
    String names = String.join("\n", gang.stream().map(task -> task(task).name()).toList());
    return folder.resolve(Digest.of(names.getBytes(StandardCharsets.UTF_8)).hex());
  }

  private String definition(List<Integer> gang) {
    String all =
        String.join(
            "\n",
            gang.stream()
                .map(task -> StageDefinition.of(files.pipeline(), task(task)).toString())
                .toList());
    return Digest.of(all.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** All files that a gang is made of, reads and leaves, and their digests. */
  private Map<String, String> content(List<Integer> gang) throws IOException {
    List<Path> paths = new ArrayList<>(inputs(gang));
    for (int task : gang) {
      paths.addAll(StageDefinition.files(files.pipeline(), task(task), host));
      paths.addAll(files.outputs(task));
    }
    Map<String, String> content = new TreeMap<>();
    for (Path path : paths) {
      content.put(path.toString(), digests.of(path));
    }
    return content;
  }

  private static Map<String, Object> read(Path record) {
    try {
      byte[] bytes = Files.readAllBytes(record);
      return Json.object(bytes, 0, bytes.length).orElse(Map.of());
    } catch (IOException _) {
      return Map.of();
    }
  }

  /** Whoever reads it sees all of it or none. */
  private void write(
      Path record,
      List<Integer> gang,
      boolean finished,
      List<String> outputs,
      Map<String, String> content)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeBooleanProperty(FINISHED, finished);
      json.writeStringProperty("definition", definition(gang));
      json.writeArrayPropertyStart("outputs");
      outputs.forEach(json::writeString);
      json.writeEndArray();
      json.writeObjectPropertyStart("files");
      content.forEach(json::writeStringProperty);
      json.writeEndObject();
      json.writeEndObject();
    }
    Staging.replace(record, bytes.toByteArray());
  }

  /** Nothing will be gone on with: what is not yet written is not to be. */
  public void forget() {
    records.shutdownNow();
    close();
  }

  /** Waits until all is written; not for ever, since what is missing only runs again. */
  @Override
  public void close() {
    records.shutdown();
    try {
      var _ = records.awaitTermination(LONGEST_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    records.shutdownNow();
  }
}
