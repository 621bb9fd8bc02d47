package dev.diver.deploy.pipeline;

import dev.diver.deploy.Gpos;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.net.NetToml;
import dev.diver.kernels.reference.KernelReference;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.spec.TimeSpan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Stages that feed each other, as {@code pipeline.toml} has them.
 *
 * @param file that describes it
 * @param name for people
 * @param timeout after which all of it is ended
 * @param stages by their names, in the order of the file
 */
public record Pipeline(
    Path file, String name, Optional<TimeSpan> timeout, Map<String, Stage> stages) {

  /** What a pipeline is described in, unless another name is given. */
  public static final String FILE = "pipeline.toml";

  /** More than this are no pipeline that a person writes. */
  public static final int MOST_TASKS = 10_000;

  public Pipeline {
    file = file.toAbsolutePath().normalize();
    stages = Collections.unmodifiableMap(new LinkedHashMap<>(stages));
  }

  /** Where relative paths begin. */
  public Path folder() {
    return Optional.ofNullable(file.getParent()).orElseThrow();
  }

  /** The net of a stage, as its folder describes it; empty where it has none. */
  Optional<Net> net(Stage stage) {
    return stage.net().map(net -> NetToml.read(folder().resolve(net)));
  }

  /** The folders of all nets, each once. */
  public List<Path> nets() {
    return stages.values().stream()
        .flatMap(stage -> stage.net().stream())
        .map(net -> folder().resolve(net).normalize())
        .distinct()
        .toList();
  }

  /** The kernels of all dives, each once, and those of the Linux beside them in their machines. */
  public Set<KernelReference> kernels() {
    Set<KernelReference> kernels = new LinkedHashSet<>();
    for (Stage stage : stages.values()) {
      if (stage.isDive()) {
        Optional<Net> net = net(stage);
        stage.kernel(net).ifPresent(kernels::add);
        if (stage.divedIn(net).equals(ModeName.PARTITIONED_VM)) {
          String linux = net.flatMap(own -> own.dive().gpos()).orElse(Gpos.USUAL);
          kernels.add(KernelReference.parse(linux));
        }
      }
    }
    return kernels;
  }

  /** A stage by its name, which is known. */
  public Stage stage(String name) {
    return Optional.ofNullable(stages.get(name)).orElseThrow();
  }

  /**
   * The stage whose items this one is scattered over: itself, or the one that it is scattered like;
   * empty where it runs once. Names are known, and lead to an end.
   */
  Optional<String> scattered(String name) {
    Optional<Scatter> scatter = stage(name).scatter();
    return scatter.flatMap(
        own -> own.like().isPresent() ? scattered(own.like().get()) : Optional.of(name));
  }

  /** The items of a stage; empty where it runs once. */
  List<String> items(String name) {
    return scattered(name)
        .flatMap(root -> stage(root).scatter())
        .map(Scatter::items)
        .orElse(List.of());
  }

  /** The stages that this one waits for without being fed by them, and how they have to end. */
  public Map<String, Condition> waitsFor(String name) {
    Map<String, Condition> conditions = new LinkedHashMap<>();
    stage(name).needs().forEach(other -> conditions.put(other, Condition.parse("success")));
    conditions.putAll(stage(name).when());
    return conditions;
  }

  /** Whether an input is read while what feeds it is written, or when that is whole. */
  Edge.Kind kind(Stage.Input input, Source source) {
    boolean stream = !input.feed().many() && stage(source.owner()).streams(source.output());
    return stream ? Edge.Kind.STREAM : Edge.Kind.FILE;
  }

  /** The stages that feed this one, each once. */
  List<String> fedBy(String name) {
    List<String> stages = new ArrayList<>();
    for (Stage.Input input : stage(name).allInputs()) {
      for (Source source : input.feed().sources()) {
        if (!source.isFile() && !stages.contains(source.owner())) {
          stages.add(source.owner());
        }
      }
    }
    return stages;
  }
}
