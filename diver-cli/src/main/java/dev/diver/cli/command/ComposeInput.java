package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.pipeline.Capacity;
import dev.diver.deploy.pipeline.Pipeline;
import dev.diver.deploy.pipeline.PipelineToml;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.store.DiverHome;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/** What the verbs of {@code diver compose} have in common. */
final class ComposeInput {

  static final String FILE = "FILE";
  static final String FILE_HELP = "a pipeline, or a folder with pipeline.toml (default: here)";

  private ComposeInput() {}

  /** The options that say what a pipeline may use. */
  static Page capacityOptions(Page page) {
    return page.option(
            "-c, --cpus", "N|LIST", "the cores: how many, or which (default: all of this machine)")
        .option("-m, --memory", "SIZE", "the memory (default: all of this machine)");
  }

  /** The pipeline that was named, checked; against a capacity where there is one. */
  static Pipeline pipeline(Given given, Shell shell, Optional<Capacity> capacity) {
    Host host = host(shell);
    Path typed = given.argument(0).map(Path::of).orElse(Path.of(""));
    return PipelineToml.read(shell.path(typed.toString()), host, capacity);
  }

  static Host host(Shell shell) {
    return new Host(shell.environment(), DiverHome.locate(shell.environment()).cache());
  }

  /** What a pipeline may use. */
  static Capacity capacity(Given given) {
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
