package dev.diver.deploy.hypervisor;

import dev.diver.deploy.machine.Host;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Runs machines. Hypervisors are found by {@link ServiceLoader}. */
public interface Hypervisor {

  /** As users type it, and as kernel.toml lists it under {@code hypervisors}. */
  String name();

  /** What this host lacks for it, if it lacks something. */
  Optional<Failure> missing(Host host);

  /** Why this machine cannot run on it, if it cannot, whatever the host is. */
  Optional<Failure> obstacle(Machine machine);

  /**
   * How it is made to run a machine to which it has no obstacle. Complete also where the host lacks
   * the hypervisor itself.
   *
   * @param run the dive's folder
   * @throws dev.diver.kernels.failure.DiverException where the host lacks what is needed to put it
   *     together
   */
  Invocation plan(Machine machine, Host host, RunFolder run);

  /** All on the class path, by name. */
  static List<Hypervisor> all() {
    return ServiceLoader.load(Hypervisor.class).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(Hypervisor::name))
        .toList();
  }

  /** The one of this name; NOT_FOUND names those that there are. */
  static Hypervisor named(String name) {
    return ServiceLoader.load(Hypervisor.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(hypervisor -> hypervisor.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.NOT_FOUND,
                        "There is no hypervisor \"" + name + "\".",
                        "Use one of: "
                            + String.join(", ", all().stream().map(Hypervisor::name).toList())
                            + ".")
                    .exception());
  }
}
