package dev.diver.deploy.hypervisor;

import dev.diver.deploy.MachineOverrides;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import java.util.Optional;

/**
 * The hypervisor of a dive.
 *
 * @param hypervisor that runs it
 * @param type QEMU's machine with its options; empty for the usual of that hypervisor
 */
public record Choice(Hypervisor hypervisor, Optional<String> type) {

  /**
   * What the dive asks for, else the first of the spec's that its machine fits, else whatever its
   * machine is for.
   *
   * @param kernel its name, for people
   */
  public static Choice of(String kernel, KernelSpec.ModeNeeds needs, MachineOverrides wanted) {
    String own = QemuHypervisor.nameFor(wanted.machine().orElse(needs.machine()));
    String name = wanted.hypervisor().orElseGet(() -> usual(own, needs, wanted));
    Hypervisor hypervisor = Hypervisor.named(name);
    if (wanted.hypervisor().isPresent() || wanted.machine().isPresent()) {
      requireListed(kernel, name, needs);
    }
    if (wanted.machine().isPresent() && !own.equals(name)) {
      throw new Failure(
              Failure.Kind.INVALID,
              "The machine " + wanted.machine().get() + " is " + own + "'s, not " + name + "'s.",
              "Leave out --hypervisor or --machine.")
          .exception();
    }
    Optional<String> type =
        wanted.machine().or(() -> Optional.of(needs.machine()).filter(_ -> own.equals(name)));
    return new Choice(hypervisor, type);
  }

  /** Whether it is QEMU. */
  public boolean isQemu() {
    return hypervisor instanceof QemuHypervisor;
  }

  private static String usual(String own, KernelSpec.ModeNeeds needs, MachineOverrides wanted) {
    boolean any =
        wanted.machine().isPresent()
            || needs.hypervisors().isEmpty()
            || needs.hypervisors().contains(own);
    return any ? own : needs.hypervisors().getFirst();
  }

  private static void requireListed(String kernel, String name, KernelSpec.ModeNeeds needs) {
    if (!needs.hypervisors().isEmpty() && !needs.hypervisors().contains(name)) {
      throw new Failure(
              Failure.Kind.UNSUPPORTED,
              kernel + " does not run on " + name + ", as its kernel.toml says.",
              "Use one of: " + String.join(", ", needs.hypervisors()) + ".")
          .exception();
    }
  }
}
