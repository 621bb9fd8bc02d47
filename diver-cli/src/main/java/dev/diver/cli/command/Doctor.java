package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.Readiness;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.hardware.NodeReadiness;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code diver doctor}. */
final class Doctor implements Verb {

  /** A mode and whether it can be used here. */
  private record Finding(String mode, Readiness readiness) {
    boolean ready() {
      return readiness instanceof Readiness.Ready;
    }
  }

  @Override
  public void describe(Page page) {
    page.description(
            """
            Says what this machine can do, mode by mode, what is missing, and the command that \
            mends it. KVM is proved with a tiny guest rather than assumed, and the answer is \
            remembered until the machine changes. Ends with status 125 if no mode can be used.\
            """)
        .host("say what this machine lacks for being divided")
        .json()
        .example("Find out why a dive does not start", "doctor")
        .example("Find out what another machine lacks", "doctor --host ssh://root@node1")
        .example("Install what is missing", "setup");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    if (there.isPresent()) {
      return look(there.get(), given, shell);
    }
    DiverHome home = DiverHome.locate(shell.environment());
    Host host = new Host(shell.environment(), home.cache());
    DiveList.clean(shell);
    List<Finding> findings =
        DeployMode.all().stream()
            .map(mode -> new Finding(mode.name(), mode.readiness(host)))
            .toList();
    List<Prerequisite> missing =
        Prerequisite.all().stream().filter(p -> !p.isPresent(shell.environment())).toList();
    if (given.wantsJson()) {
      shell.printJson(tree(findings, missing));
    } else {
      print(findings, missing, shell);
    }
    return findings.stream().anyMatch(Finding::ready) ? 0 : ExitCode.FAILURE.status();
  }

  /** Another machine, which has one mode. */
  private static int look(Enclaves there, Given given, Shell shell) {
    Finding finding = new Finding(HardwareOptions.MODE, NodeReadiness.of(there));
    if (given.wantsJson()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("host", there.node().address());
      tree.put("modes", List.of(tree(finding)));
      shell.printJson(tree);
    } else {
      shell.println(there.node().name());
      print(List.of(finding), shell);
    }
    return finding.ready() ? 0 : ExitCode.FAILURE.status();
  }

  private static void print(List<Finding> findings, List<Prerequisite> missing, Shell shell) {
    String version = System.getProperty("java.runtime.version");
    shell.println(Help.version().strip() + ", Java " + version);
    print(findings, shell);
    boolean color = shell.colorOut();
    uncached()
        .ifPresent(
            log -> {
              shell.println(
                  "\n"
                      + Style.BOLD.of("start-up cache", color)
                      + ": "
                      + Style.YELLOW.of("could not be made", color)
                      + ", so every command starts slowly");
              shell.println(
                  "  "
                      + Style.CYAN.of("help:", color)
                      + " "
                      + log
                      + " says why; delete "
                      + log.getParent()
                      + " to have it tried again");
            });
    for (String need : List.of("run", "build", "test", "validate")) {
      printNeed(need, missing.stream().filter(p -> p.need().equals(need)).toList(), shell);
    }
  }

  private static void print(List<Finding> findings, Shell shell) {
    boolean color = shell.colorOut();
    for (Finding finding : findings) {
      String verdict =
          finding.ready() ? Style.GREEN.of("ready", color) : Style.RED.of("not ready", color);
      shell.println("\n" + Style.BOLD.of(finding.mode(), color) + ": " + verdict);
      facts(finding.readiness()).forEach(fact -> shell.println("  " + fact));
      for (Readiness.Thing thing : things(finding.readiness())) {
        shell.println(
            "  " + Style.RED.of("missing:", color) + " " + thing.name() + ": " + thing.why());
        shell.println("  " + Style.CYAN.of("help:", color) + " " + thing.command());
      }
    }
  }

  /** The log of why the launcher could not make the cache of this command. */
  private static Optional<Path> uncached() {
    return Optional.of(System.getProperty("diver.uncached", ""))
        .filter(log -> !log.isEmpty())
        .map(Path::of);
  }

  private static void printNeed(String need, List<Prerequisite> missing, Shell shell) {
    boolean color = shell.colorOut();
    String title = "\n" + Style.BOLD.of("what diver setup " + need + " installs", color) + ": ";
    if (missing.isEmpty()) {
      shell.println(title + Style.GREEN.of("all here", color));
      return;
    }
    shell.println(title + Style.YELLOW.of(missing.size() + " missing", color));
    missing.forEach(
        p -> shell.println("  " + p.what() + " (package " + p.debianPackage() + "): " + p.why()));
    shell.println("  " + Style.CYAN.of("help:", color) + " diver setup " + need);
  }

  private static List<String> facts(Readiness readiness) {
    return switch (readiness) {
      case Readiness.Ready ready -> ready.facts();
      case Readiness.Missing missing -> missing.facts();
    };
  }

  private static List<Readiness.Thing> things(Readiness readiness) {
    return switch (readiness) {
      case Readiness.Ready _ -> List.of();
      case Readiness.Missing missing -> missing.things();
    };
  }

  private static Map<String, Object> tree(List<Finding> findings, List<Prerequisite> missing) {
    List<Object> modes = new ArrayList<>();
    findings.forEach(finding -> modes.add(tree(finding)));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("version", Help.version().strip());
    tree.put("java", System.getProperty("java.runtime.version"));
    tree.put("modes", modes);
    tree.put("missing", missing.stream().map(Doctor::prerequisite).toList());
    tree.put("uncached", uncached().map(Path::toString));
    return tree;
  }

  private static Map<String, Object> tree(Finding finding) {
    Map<String, Object> mode = new LinkedHashMap<>();
    mode.put("mode", finding.mode());
    mode.put("ready", finding.ready());
    mode.put("facts", facts(finding.readiness()));
    mode.put("missing", things(finding.readiness()).stream().map(Doctor::thing).toList());
    return mode;
  }

  private static Map<String, Object> thing(Readiness.Thing thing) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", thing.name());
    tree.put("why", thing.why());
    tree.put("command", thing.command());
    return tree;
  }

  private static Map<String, Object> prerequisite(Prerequisite prerequisite) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", prerequisite.what());
    tree.put("package", prerequisite.debianPackage());
    tree.put("need", prerequisite.need());
    tree.put("why", prerequisite.why());
    return tree;
  }
}
