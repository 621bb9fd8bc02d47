package dev.diver.kernels.spec;

import dev.diver.kernels.document.FieldProblem;
import dev.diver.kernels.document.RecordBinder;
import dev.diver.kernels.document.TomlFile;
import dev.diver.kernels.document.TomlText;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes {@code kernel.toml}. */
public final class KernelSpecToml {

  /** What a document that does not say it means. */
  private static final ObjectNode DEFAULTS =
      TomlFile.tree(
          """
          description = ""
          tags = []
          license = ""
          arch = "x86_64"
          abi = "linux"
          languages = []
          moving-tags = ["latest"]

          [boot]
          command-line = "{env} -- {args}"
          quoting = "sh"
          app = "initrd"
          console = "virtio-ports"
          firmware = "bios"
          modules = []
          disks = []
          hints = []

          [exit]
          convention = "report"
          reset = "panic"

          [modes."*"]
          machine = "microvm"
          cpu = "max"
          memory = "256M"
          memory-min = "32M"
          cpus-max = 1
          devices = []
          cpu-features = []
          hypervisors = []
          smp = "cores"

          [syscalls]
          handled = []
          delegated = []

          [sdk]
          files = []
          templates = []

          [scripts]

          [net]

          [source]
          files = []

          [provenance]
          """);

  /** The same of what only a machine with firmware boots. */
  private static final ObjectNode FIRMWARE_DEFAULTS =
      TomlFile.tree(
          """
          [boot]
          command-line = "{args}"
          app = "none"
          console = "serial"

          [exit]
          convention = "power-off"

          [modes."*"]
          machine = "pc"
          """);

  private static final List<String> WITHOUT_FIRMWARE = List.of("pvh", "linux");

  private static final ObjectNode DEBUG_EXIT_DEFAULTS =
      TomlFile.tree(
          """
          [exit.debug-exit]
          size = 4
          success = []
          """);

  private KernelSpecToml() {}

  /**
   * Reads a kernel spec as its publisher wrote it. Unknown keys are errors; optional keys get
   * defaults; every value is checked.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID with file, line and field; NOT_FOUND
   *     where there is no such file
   */
  public static KernelSpec read(Path kernelToml) {
    return TomlFile.read(
        kernelToml, KernelSpec.class, KernelSpecToml::addDefaults, KernelSpecToml::check);
  }

  /** The same, of text that was read before; {@code file} is what errors call it. */
  static KernelSpec read(String file, String text) {
    return TomlFile.read(
        file, text, KernelSpec.class, KernelSpecToml::addDefaults, KernelSpecToml::check);
  }

  /**
   * The spec as the text of a {@code kernel.toml} that reads back as the same spec. What a reader
   * adds by itself is left out unless there is a comment on it.
   *
   * @param comments any text by field, as in {@code boot.protocol}; see {@link TomlText#write}
   */
  public static String write(KernelSpec spec, Map<String, String> comments) {
    ObjectNode tree = RecordBinder.mapper().valueToTree(spec);
    ObjectNode defaults = tree.objectNode();
    ObjectNode boot = defaults.putObject("boot").put("protocol", spec.boot().protocol().toString());
    defaults.putObject("modes").putObject(RecordBinder.ANY);
    if (spec.exit().debugExit().isPresent()) {
      defaults.putObject("exit").putObject("debug-exit");
    }
    addDefaults(defaults);
    boot.remove("protocol");
    return TomlText.write(tree, defaults, comments);
  }

  /** Adds what a document does not say. */
  static void addDefaults(ObjectNode tree) {
    if (!WITHOUT_FIRMWARE.contains(tree.path("boot").path("protocol").asString("pvh"))) {
      RecordBinder.addDefaults(tree, FIRMWARE_DEFAULTS);
    }
    if (tree.path("exit").has("debug-exit")) {
      RecordBinder.addDefaults(tree, DEBUG_EXIT_DEFAULTS);
    }
    RecordBinder.addDefaults(tree, DEFAULTS);
  }

  private static Optional<FieldProblem> check(KernelSpec spec) {
    for (String mode : spec.modes().keySet()) {
      if (!ModeName.ALL.contains(mode)) {
        return Optional.of(
            new FieldProblem(
                "modes." + mode,
                "is not a mode that Diver has.",
                RecordBinder.suggestion(mode, ModeName.ALL)));
      }
    }
    return KernelSpecChecks.firstProblem(spec);
  }
}
