package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.pipeline.Capacity;
import dev.diver.deploy.pipeline.FormerTimes;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelinePlan;
import dev.diver.deploy.pipeline.PipelineToml;
import dev.diver.deploy.pipeline.StageModes;
import dev.diver.deploy.pipeline.TaskGraph;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.store.DiverHome;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What the verbs of {@code diver compose} have in common. */
final class ComposeInput {

  static final String FILE = "FILE";
  static final String FILE_HELP = "a pipeline, or a folder with pipeline.toml (default: here)";

  private ComposeInput() {}

  /**
   * A pipeline, and when each of its stages runs.
   *
   * @param reasons for the modes of stages that left them open
   */
  record Planned(Pipeline pipeline, PipelinePlan plan, Map<String, String> reasons) {}

  /** The options that say what a pipeline may use, and how. */
  static Page capacityOptions(Page page) {
    return page.option(
            "-c, --cpus", "N|LIST", "the cores: how many, or which (default: all of this machine)")
        .option("-m, --memory", "SIZE", "the memory (default: all of this machine)")
        .option(
            "--mode",
            "MODE",
            "the mode of stages that name none; auto chooses each one's by the speedup model");
  }

  /** The pipeline that was named, checked against what it may use, and planned. */
  static Planned planned(Given given, Shell shell) {
    Capacity capacity = capacity(given);
    DiverHome home = DiverHome.locate(shell.environment());
    Optional<String> mode = given.value("--mode");
    StageModes modes =
        new StageModes(
            home,
            mode.map(one -> one.equals(StageModes.AUTO) ? one : DeployMode.named(one).name()),
            Optional.of(capacity));
    Pipeline pipeline = read(given, shell, Optional.of(capacity), modes);
    FormerTimes former = FormerTimes.of(home.pipelines(), pipeline);
    TaskGraph graph = modes.estimated(pipeline, TaskGraph.of(pipeline), former);
    return new Planned(pipeline, PipelinePlan.of(graph, capacity), modes.reasons());
  }

  /** The pipeline that was named, checked, wherever it is to run. */
  static Pipeline pipeline(Given given, Shell shell) {
    DiverHome home = DiverHome.locate(shell.environment());
    StageModes modes = new StageModes(home, Optional.empty(), Optional.empty());
    return read(given, shell, Optional.empty(), modes);
  }

  private static Pipeline read(
      Given given, Shell shell, Optional<Capacity> capacity, StageModes modes) {
    Path typed = given.argument(0).map(Path::of).orElse(Path.of(""));
    return PipelineToml.read(shell.path(typed.toString()), host(shell), capacity, modes);
  }

  static Host host(Shell shell) {
    return new Host(shell.environment(), DiverHome.locate(shell.environment()).cache());
  }

  private static Capacity capacity(Given given) {
    Optional<CpuList> cpus = option(given, "--cpus", CpuList::parse);
    Optional<MemorySize> memory = option(given, "--memory", MemorySize::parse);
    return Capacity.ofThisMachine().with(cpus, memory);
  }

  private static <T> Optional<T> option(Given given, String name, Function<String, T> parser) {
    try {
      return given.value(name).map(parser);
    } catch (DiverException e) {
      throw new UsageException(name + ": " + e.failure().what(), e.failure().remedy());
    }
  }
}
