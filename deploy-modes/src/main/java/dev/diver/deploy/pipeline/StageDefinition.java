package dev.diver.deploy.pipeline;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.store.DiverHome;
import dev.diver.kernels.store.KernelStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a task is, apart from the content of files: by this a later run knows it again. Secrets take
 * part by their names. What only says when it runs, as its estimate, its retries and what it waits
 * for, takes no part.
 */
final class StageDefinition {

  private StageDefinition() {}

  /** The same for the same task, and another for any other. */
  static Digest of(Pipeline pipeline, Task task) {
    Stage stage = pipeline.stage(task.stage());
    StringBuilder text = new StringBuilder();
    add(text, stage.net().or(stage::executable).stream().toList());
    add(text, stage.kernel().stream().toList());
    add(text, filled(task, stage.command().orElse(List.of())));
    add(text, task.mode().stream().toList());
    add(text, List.of(Integer.toString(task.cores()), Long.toString(task.memory())));
    add(text, filled(task, stage.args()));
    add(text, pairs(task, stage.env()));
    add(text, stage.secrets());
    add(text, stage.volumes());
    add(text, List.of(Boolean.toString(stage.delegate())));
    for (Stage.Input input : stage.allInputs()) {
      add(text, List.of(input.name(), Boolean.toString(input.feed().many())));
      add(text, filled(task, input.feed().from()));
    }
    add(text, filled(task, stage.stdout().stream().toList()));
    add(text, pairs(task, stage.outputs()));
    add(text, stage.streams());
    add(text, List.of(Integer.toString(task.index()), task.item().orElse("")));
    return Digest.of(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> filled(Task task, List<String> texts) {
    return texts.stream()
        .map(text -> TaskGraph.filled(text, task.index(), task.item().orElse("")))
        .toList();
  }

  private static List<String> pairs(Task task, Map<String, String> map) {
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(map).forEach((name, value) -> pairs.addAll(filled(task, List.of(name, value))));
    return pairs;
  }

  /** Each text with its length, so that no two lists look the same. */
  private static void add(StringBuilder all, Collection<String> texts) {
    all.append(texts.size()).append('\n');
    texts.forEach(text -> all.append(text.length()).append(' ').append(text).append('\n'));
  }

  /**
   * The files that a task is made of: its program, the files among the words of its command, or
   * what its net was built to and what the store has of its kernel.
   */
  static List<Path> files(Pipeline pipeline, Task task, Host host) {
    Stage stage = pipeline.stage(task.stage());
    List<Path> files = new ArrayList<>();
    stage.net().ifPresent(net -> files.addAll(net(pipeline.folder().resolve(net).normalize())));
    stage.executable().ifPresent(app -> files.add(pipeline.folder().resolve(app).normalize()));
    stage.kernel().flatMap(kernel -> manifest(kernel, host)).ifPresent(files::add);
    List<String> words = filled(task, stage.command().orElse(List.of()));
    words.stream()
        .limit(1)
        .filter(word -> !word.contains("/"))
        .forEach(word -> host.program(word).ifPresent(files::add));
    words.stream().flatMap(word -> named(pipeline, word).stream()).forEach(files::add);
    return files;
  }

  private static List<Path> net(Path folder) {
    List<Path> files = new ArrayList<>(List.of(folder.resolve(Net.FILE)));
    files.addAll(NetToml.read(folder).made());
    return files;
  }

  /** The manifest in the store, which is named by its digest: another kernel is another file. */
  private static Optional<Path> manifest(String kernel, Host host) {
    KernelStore store = KernelStore.open(DiverHome.locate(host.environment()).store());
    return store.find(KernelReference.parse(kernel)).map(found -> store.blob(found.digest()));
  }

  private static Optional<Path> named(Pipeline pipeline, String word) {
    try {
      Path path = pipeline.folder().resolve(word).normalize();
      return !word.isEmpty() && Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException _) {
      return Optional.empty();
    }
  }
}
