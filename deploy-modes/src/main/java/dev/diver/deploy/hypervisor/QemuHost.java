package dev.diver.deploy.hypervisor;

import dev.diver.deploy.Readiness;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.vm.Leash;
import dev.diver.kernels.failure.DiverException;
import java.time.Duration;
import java.util.List;

/** What every mode needs that runs a machine under QEMU. */
public final class QemuHost {

  private static final Duration PROOF_DEADLINE = Duration.ofSeconds(2);

  private QemuHost() {}

  /** Adds what is here and what is missing; proves the accelerator anew. */
  public static void look(Host host, List<String> facts, List<Readiness.Thing> missing) {
    try {
      Qemu qemu = Qemu.find(host);
      facts.add("QEMU " + qemu.version() + " at " + qemu.path());
      Acceleration found = Acceleration.find(host, qemu, PROOF_DEADLINE, true);
      facts.add("accelerator " + found.kind().option() + ": " + found.reason());
    } catch (DiverException e) {
      String why = e.failure().what();
      missing.add(new Readiness.Thing(Qemu.PROGRAM, why, Qemu.INSTALL));
    }
    if (host.program(Leash.PROGRAM).isEmpty()) {
      String why = "It ends the machine when Diver is killed.";
      missing.add(new Readiness.Thing(Leash.PROGRAM, why, Leash.INSTALL));
    }
  }

  /** The fastest accelerator, as was proved before if it was. */
  public static Acceleration accelerator(Host host, Qemu qemu) {
    return Acceleration.find(host, qemu, PROOF_DEADLINE, false);
  }
}
