package dev.diver.deploy;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/**
 * A way in which a net meets the hardware. Modes are found by {@link ServiceLoader}; what only some
 * of them can do is an interface of its own, such as {@link Debuggable}.
 */
public interface DeployMode {

  /** As users type it, and as kernel.toml lists it under {@code [modes]}. */
  String name();

  /** Whether this host can do it, or what is missing and the command that mends it. */
  Readiness readiness(Host host);

  /**
   * What will be done, as data; starts and writes nothing but remembered probes.
   *
   * @throws dev.diver.kernels.failure.DiverException where the request cannot be met, with the
   *     value that is wrong
   */
  DivePlan plan(DiveRequest request);

  /**
   * Starts the dive. It ends with its app, at its timeout, or by {@link RunningDive#stop}; it never
   * outlives this process.
   */
  RunningDive launch(DivePlan plan, DiveConsole console);

  /** All modes on the class path, by name. */
  static List<DeployMode> all() {
    return ServiceLoader.load(DeployMode.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(DeployMode::name))
        .toList();
  }

  /**
   * The mode of this name; NOT_FOUND names those that there are. Looks no further than the mode is,
   * since looking through a whole class path takes as long as a small dive.
   */
  static DeployMode named(String name) {
    return ServiceLoader.load(DeployMode.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(mode -> mode.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name));
  }

  private static RuntimeException unknown(String name) {
    String known = String.join(", ", all().stream().map(DeployMode::name).toList());
    return new Failure(
            Failure.Kind.NOT_FOUND,
            "There is no mode \"" + name + "\".",
            "Use one of: " + known + ".")
        .exception();
  }
}
